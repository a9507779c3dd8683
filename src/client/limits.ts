// The bounds of a client, with the unit last. Those of the wire are the protocol's.

const MiB = 1024 * 1024

export const clientLimits = Object.freeze({
  /** Root peers of a room that nobody named. */
  rootsMax: 2,
  /** Time for a root peer to open the control channel before it is taken for something else. */
  helloMs: 5000,
  /** Time for a connection to a known key to come about. */
  connectMs: 15_000,
  /** A connection on which nothing came for so long is dead: roots send a sign of life every 5 s. */
  silenceMs: 8000,
  /** First and longest pause before a root is dialled, or a room opened, again. */
  retryMinMs: 200,
  retryMaxMs: 15_000,
  /** Pause between two look-ups of the topic while no root was found. */
  lookupMs: 3000,
  /** How long a new room waits for roots to name in its invite. */
  findMs: 5000,
  /** How long further root peers are waited for once one was found. */
  companionMs: 500,
  /** How long something that is no root peer is left alone. */
  strangerMs: 600_000,
  /** Bodies that wait to be stored, sealed or not, over all rooms of a client. */
  outboxBytesMax: 64 * MiB,
  /** What a message adds to its body in the account of the outbox. */
  bodyOverheadBytes: 512,
  /** What `sendAll` keeps under way before it takes the next body. */
  sendAheadBytes: 2 * MiB,
  /** Messages in one frame, and their bytes: small enough to be answered soon. */
  frameMessages: 128,
  frameBytes: 256 * 1024,
  /** What a reader lets a root send ahead of the app, in bytes and in messages. */
  readAheadBytes: 2 * MiB,
  readAheadMessagesMin: 256,
  readAheadMessagesMax: 16_384,
  /** What a reader holds at the most before it stops a root that sends more than was thought. */
  backlogBytesMax: 16 * MiB,
  /** Messages held back while what came before them may still come. */
  heldMessagesMax: 4096,
  /** How long what is missing is waited for once every root was read to its end. */
  holeMs: 2000,
  /** Numbers of one chain whose hashes are remembered: an older repeat counts as a duplicate. */
  chainMemory: 4096,
  /** Ranges of one chain that are known to be missing. */
  holesMax: 64,
  /** Chains remembered by one reader. */
  chainsMax: 4096,
  /** Messages that are not proven yet, and hashes that are but have not been seen. */
  unprovenMax: 4096,
  /** How long a read that does not follow waits for further roots once one was read to its end. */
  stragglerMs: 3000,
  /** Pause between two writes of a reader's place into the profile. */
  placeMs: 1000
})
