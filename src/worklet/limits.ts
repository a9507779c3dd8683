// The bounds of a worklet, with the unit last. What the app sends is believed, never its size.

export const workletLimits = Object.freeze({
  /** One frame of the app's: the longest body there may be, in the worst JSON, fits in. */
  frameBytesMax: 1024 * 1024,
  /** A frame over that is skipped up to this length; one that claims to be longer is none. */
  frameSkipMax: 64 * 1024 * 1024,
  /** Requests that are not answered yet. */
  requestsMax: 4096,
  /** Levels of objects and lists in a message; what is nested more deeply is given as the text that it is. */
  messageDepthMax: 64,
  /** Rooms that are open. */
  roomsMax: 1024,
  /** How long the answer to `send` waits for a root peer to store it. */
  storedMs: 2000,
  /** How long a room that was joined waits for `sync` before it gives what is new. */
  syncMs: 250,
  /** The app's own messages on their way, so as not to be given back to it. */
  ownMax: 16_384,
  /** Messages in one answer to `unsent`. */
  unsentMax: 256,
  /** People in one answer to `listPeople`. */
  peopleMax: 1024,
  /** Message ids in one receipt of a reader, of `hashBytes` each. */
  receiptIdsMax: 256,
  hashBytes: 32
})
