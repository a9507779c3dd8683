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
  /** A root that is connected and gives nothing of what it was asked for so long is not waited for. */
  answerMs: 10_000,
  /** How long a root may be out of reach before another stands in for it; while none at all is reached. */
  rootLostMs: 600_000,
  rootlessMs: 20_000,
  /** Shortest pause between two attempts to reach a root that another stands in for. */
  rootLostRetryMs: 60_000,
  /** Wait before a root that came back is compared with the others; what each member whose turn is before ours adds to it, and how many count. */
  refillMinMs: 1000,
  refillTurnMs: 2000,
  refillTurnsMax: 8,
  /** How many messages a root must lack to be worth a look at what they are. */
  refillLackMin: 16,
  /** The newest messages that are compared at the least, besides some for each that lacks. */
  refillWindow: 4096,
  /** Hashes of what a root has already; what waits to be brought, and how much is asked for at a time. */
  refillKnownMax: 200_000,
  refillAheadBytes: MiB,
  refillAheadMessages: 1024,
  /** One frame of what is brought; the first is smaller, in case others begin just now. */
  refillFrameMessages: 128,
  refillFrameBytes: 128 * 1024,
  refillFirstMessages: 8,
  /** How long one who brings holds back when another brings the same; once more for each whose turn is before ours. */
  refillYieldMs: 500,
  /** What one member brings in one go, and for how long; then it rests. */
  refillBytesMax: 64 * MiB,
  refillMessagesMax: 100_000,
  refillMs: 300_000,
  refillRestMs: 60_000,
  /** First and longest pause before a root is dialled, or a room opened, again. */
  retryMinMs: 200,
  retryMaxMs: 15_000,
  /** Pause between two look-ups of the topic while no root was found. */
  lookupMs: 3000,
  /** How long a new room waits for roots to name in its invite. */
  findMs: 5000,
  /** How long further root peers are waited for once one was found. */
  companionMs: 500,
  /** How long is waited for who announces a room to turn out to be a root peer. */
  roomRootsMs: 4000,
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
  /** About what sealing adds to a body. */
  envelopeBytes: 192,
  /** What a reader lets a root send ahead of the app, in bytes and in messages. */
  readAheadBytes: 2 * MiB,
  readAheadMessagesMin: 256,
  readAheadMessagesMax: 16_384,
  /** What a reader holds at the most before it stops a root that sends more than was thought. */
  backlogBytesMax: 16 * MiB,
  /** Messages held back while what came before them may still come. */
  heldMessagesMax: 4096,
  heldBytesMax: 16 * MiB,
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
  unprovenBytesMax: 8 * MiB,
  /** How long a read that does not follow waits for further roots once one was read to its end. */
  stragglerMs: 3000,
  /** Pause between two writes of a reader's place into the profile. */
  placeMs: 1000,
  /** Members that are spoken to directly, over all rooms and in one room; and those just met, not proven yet. */
  directPeersMax: 32,
  directRoomPeersMax: 16,
  directStrangersMax: 16,
  /** Time for whoever connects to prove that it is a member; a connection that no room uses ends after it. */
  directHelloMs: 10_000,
  /** What may come before that, in bytes; and what one frame may have afterwards. */
  directHelloBytesMax: 64 * 1024,
  directFrameBytesMax: 2 * MiB,
  /** Opens of rooms that are not known here, on one connection. */
  directStraysMax: 64,
  /** The one of two members with the greater key waits so long for the other to dial. */
  directYieldMs: 1000,
  /** Attempts to reach a member before it is left alone until it is heard of again. */
  directDialsMax: 4,
  /** How long a member that broke a rule, or did not prove that it is one, is left alone. */
  directShunMs: 600_000,
  /** What we write to a member that does not read. */
  directOutputBytesMax: 4 * MiB,
  /** Payload bytes plus overhead that one member may have under way to another, in one room. */
  directWindowBytes: MiB,
  /** What one member may make us open and check: bytes a second, a message counting as so many more. */
  directBytesPerSecond: 8 * MiB,
  directMessageBytes: 512,
  /** Broadcasts of one member: bytes a second, each counting as so many more. */
  directBroadcastBytesPerSecond: 64 * 1024,
  directBroadcastBytes: 1024,
  /** What came directly and is kept for readers that begin later, in one room and in all. */
  shelfBytesMax: 512 * 1024,
  shelvesBytesMax: 8 * MiB,
  /** Names of frames remembered in one room, so that a member need not send them again. */
  directSeenMax: 8192,
  /** Messages that one reader holds back before it is given no more that came directly. */
  directHeldMax: 256,
  /** How long what came directly is held back while what came before it is missing: longer than a dead root goes unnoticed. */
  directHoldMs: 10_000,
  /** Large files that are sent to one root at the same time: each holds chunks until they are synced. */
  uploadsMax: 4,
  /** What a root may send of files ahead of who reads them, in bytes; of changes, in entries. */
  fileAheadBytes: 2 * MiB,
  changesAhead: 256,
  /** How long whoever has put files waits for other roots that do not come nearer to having them. */
  copiedMs: 5000,
  /** Entries of a folder that are asked for at a time: each is proven, at 100 µs, before the page is shown. */
  folderPage: 128,
  /** How long a room waits for a root to answer before it does without, and its topic is announced. */
  rootPatienceMs: 3000,
  /** Rooms whose topic is announced at the same time: each costs about 19 requests every 10 minutes. */
  announcedRoomsMax: 4,
  /** First and longest pause between two announcements of a topic, each of which also looks it up. */
  announceMinMs: 5000,
  announceMaxMs: 600_000,
  /** Connections to a device that serves its owner's profile and public space: all, and of one address. */
  hostVisitorsMax: 32,
  hostAddressVisitorsMax: 8,
  /** Time for whoever connects to say hello, and what may come before that, in bytes. */
  hostHelloMs: 5000,
  hostHelloBytesMax: 16 * 1024,
  /** One frame of a visitor: nothing but questions comes from them. */
  hostFrameBytesMax: 128 * 1024,
  /** What we write ahead of a visitor that reads slowly; one that makes us answer more than this is cut off. */
  hostOutputBytes: 256 * 1024,
  hostOutputBytesMax: 4 * MiB,
  /** Opens and questions that come to nothing, on one connection. */
  hostStraysMax: 64,
  /** Chunks that are read from disk at a time for one visitor, in bytes. */
  hostReadBytes: 256 * 1024,
  /** Index blocks looked at together for who follows changes. */
  hostHistoryBlocks: 256,
  /** Entries of a space written in one go. */
  hostBatchEntries: 256,
  /** How long a root peer is waited for that may know somebody. */
  peopleMs: 5000,
  /** Those who claim a handle: dialled at the same time, dialled in all, and of these by the word of the DHT alone. */
  lookupDialsAtOnce: 8,
  lookupDialsMax: 64,
  lookupStrangersMax: 48,
  /** Those seen on a handle's topic before the DHT is asked no further. */
  lookupSeenMax: 1024,
  /** How long one of them may take to answer, and how long a look-up takes at the most. */
  lookupDialMs: 6000,
  searchMs: 15_000,
  /** How long those found are held back until the one that is pinned was asked. */
  lookupPinnedMs: 3000,
  /** One frame of what somebody sends whose key is known and who is nothing to us yet. */
  personFrameBytesMax: MiB,
  /** How long a connection to somebody stays that nobody uses. */
  personLingerMs: 5000,
  /** Handles that are pinned; people whose newest sequence is remembered, besides these and friends. */
  pinsMax: 4096,
  seenPeopleMax: 4096,
  /** Friends, and those of them with a direct link; others that are watched. Together no more than a root lets watch. */
  friendsMax: 192,
  friendsDirectMax: 64,
  watchedOthersMax: 64,
  /** Root peers that only friends have named, and of these one friend's. */
  friendRootsMax: 16,
  friendRootsEach: 2,
  /** How long a friend is being checked before root peers' word counts alone. */
  friendCheckMs: 6000,
  /** How long a root peer that says that a friend is there is doubted once the direct link broke: longer than it
   * takes a root to notice it, too, and so that a friend's death is known within 20 s of it. */
  friendDoubtMs: 11_000,
  /** First and longest pause before a friend who does not answer is dialled again. */
  friendRetryMinMs: 1000,
  friendRetryMaxMs: 600_000,
  /** Changes that wait for who watches; beyond that all is to be listed again. */
  peopleChangesMax: 4096,
  /** Longest wait before it is looked whether the own profile is due. */
  profileDueMs: 86_400_000
})
