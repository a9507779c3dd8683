// What the parts count while the process runs. Plain numbers that each part raises where the thing
// happens; src/operator only reads them. Nothing here survives a restart: what must is in the logs.

export class Counters {
  // Connections
  /** Connections that were taken over, before anything was known of the peer. */
  connectionsAccepted = 0
  /** Connections that were turned away at once: too many, or too many of one address. */
  connectionsRefused = 0
  /** Peers that broke a rule and were cut off. */
  violations = 0

  // Rooms
  /** Room channels that proved what they must, and were let in. */
  roomsGranted = 0
  /** Room channels that were turned away. */
  roomsDenied = 0

  // Messages in
  /** Commits: each is one append and takes part in one sync. */
  commits = 0
  /** Frames that were stored. */
  framesStored = 0
  /** Frames that were refused; nothing of them was stored. */
  framesRefused = 0
  /** Frames whose outcome nobody knows, because the store failed. */
  framesLost = 0

  // Messages out
  /** Pages sent to followers, and the messages and bytes in them. */
  pagesServed = 0
  messagesServed = 0
  bytesServed = 0
  /** Broadcasts passed on, times their receivers. */
  broadcastsSent = 0

  // Files
  /** Entries that were stored, tombstones too. */
  filesStored = 0
  /** Bytes of content taken in and sent out. */
  fileBytesStored = 0
  fileBytesServed = 0

  // Directory
  /** Profiles that were accepted. */
  profilesPublished = 0
  /** Profiles that were refused. */
  profilesRefused = 0

  // Disk
  /** Syncs of the disk, and the time they took together. */
  syncs = 0
  syncMs = 0
}
