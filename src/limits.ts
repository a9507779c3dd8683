// Every bound of the daemon, with its unit last, and the relations between them. The bounds of the
// wire come from the protocol; a client knows only those.

import { wireLimits } from './protocol/limits.ts'

const KiB = 1024
const MiB = 1024 * KiB

export const limits = Object.freeze({
  ...wireLimits,

  // One connection
  /** Rooms that a peer may have open. */
  roomsMax: 1024,
  /** Opens that came to nothing (another protocol, denied) before the peer is cut off. */
  strayOpensMax: 64,
  /** Reads from disk that wait for their turn on one connection: every stream of every room, and proofs. */
  readsWaitingMax: 16_384,
  /** Bytes of accepted frames that wait for their commit, over all rooms of a connection. */
  connectionPendingBytesMax: 16 * MiB,
  /** Bytes that may wait in a connection's output before no more pages are fetched for it. */
  connectionOutputBytes: 512 * KiB,
  /** Bytes that wait in a connection's output before reading from it pauses. */
  connectionOutputBytesMax: 2 * MiB,
  /** Time for a peer to open the control channel with its first decrypted frame, and bytes until then. */
  helloMs: 10_000,
  helloBytesMax: 64 * KiB,
  /** A connection on which nothing came for so long is dead: peers send a sign of life every 5 s. */
  silenceMs: 12_000,
  /** Time that a connection gets to take in why it ends. */
  farewellMs: 1000,
  /** Broadcast bytes, times receivers, that one connection may cause in a second. */
  broadcastBytesPerSecondMax: 4 * MiB,

  /** Time between two attempts to be announced while no node of the DHT answers. */
  announceRetryMs: 10_000,
  /** Time between two looks whether we are known there still, which asks nobody. */
  announceLookMs: 1000,

  /** Rooms whose topic is announced, unless configured; how long one keeps its place. */
  announcedRooms: 32,
  topicHoldMs: 600_000,

  // All connections
  connectionsMax: 4096,
  /** Connections of one address, unless configured. */
  connectionsPerAddress: 256,
  /** Bytes of frames that have begun and not ended. */
  intakeBytesMax: 256 * MiB,
  /** Pages that wait in the output of all connections; the least that one of them gets of it. */
  outputBytesMax: 256 * MiB,
  outputBytesMin: 64 * KiB,
  /** Bytes of accepted frames that wait for their commit, over all connections. */
  pendingBytesMax: 256 * MiB,

  // Access
  /** Tickets, those taken back included; bans; allowed keys. Each table is one note. */
  ticketsMax: 1024,
  ticketNameBytesMax: 64,
  /** Tickets that one connection may present, good or not. */
  ticketsPresentedMax: 16,
  listedMax: 4096,
  listedNameBytesMax: 80,
  /** Holders and addresses whose pace is remembered while they are not connected. */
  sendersMax: 16_384,
  /** What a sender may send at once is what its pace gives it in so long. */
  paceBurstS: 120,
  /** The longest that an answer is held back; what would have to wait longer is refused. */
  paceDelayMsMax: 5000,
  /** How often it is looked at who was banned or has expired. */
  accessTickMs: 500,
  /** Time over which steps of a quota are gathered. */
  usageTellMs: 100,
  /** Time between two writes of what holders use; holders of a day, and days, that are kept. */
  usageFlushMs: 30_000,
  usageHoldersMax: 4096,
  usageDaysMax: 400,

  // The admin socket
  adminFrameBytesMax: MiB,
  adminConnectionsMax: 16,

  // One room
  /** Frames taken into one commit, by payload bytes. */
  commitBytesMax: MiB,
  /** Newest pages kept in memory for followers, by bytes. */
  roomCacheBytesMax: 256 * KiB,
  /** Peers that may have one room open. */
  roomPeersMax: 4096,
  /** Time over which changes of presence are gathered. */
  presenceMs: 50,
  /** Time after which a room that nobody has open is closed. */
  roomIdleMs: 30_000,

  // Retention
  /** A room lets go of this part more than it has to by bytes and messages, and so much later by age, as a divisor. */
  retentionSlack: 64,
  /** Pages read at a time to see whether they may stay, and bytes after which what is found out is done. */
  expiryPages: 64,
  expiryBytes: 32 * MiB,
  /** Time between two looks for rooms that nobody opens. */
  sweepMs: 60_000,
  /** Rooms that are looked at one after the other once less may be kept, and the pause after them. */
  lowerRooms: 16,
  lowerPauseMs: 100,
  /** A clock that is ahead by so much is not believed before it has gone on evenly for so long. */
  clockJumpMs: 2 * 3_600_000,
  clockTrustMs: 24 * 3_600_000,
  /** Time between two notes of the clock. */
  clockNoteMs: 3_600_000,
  /** For how long a room that its owner has deleted is not kept again. */
  tombMs: 365 * 24 * 3_600_000,

  // The tally
  /** Rooms that a share of the tally marks as written to, before it is folded; the least and the most. */
  tallyMarksMin: 16,
  tallyMarksMax: 256,

  // Files
  /** Content of one file: as many chunks as a client makes of 128 KiB. */
  fileBytesMax: 16 * 1024 * MiB,
  /**
   * Entries, and bytes of entries and small content, taken into one commit: no more, so that their senders go
   * on while the next are written.
   */
  fileCommitEntriesMax: 128,
  fileCommitBytesMax: 4 * MiB,
  /** Blocks of an index or a content that are held, or looked at, together. */
  fileBlocksTogether: 1024,
  /** Chunks appended together, by bytes; and read together. */
  fileAppendBytesMax: 2 * MiB,
  fileReadBytes: MiB,
  /** Chunks in one message. More than one, so that small files share it. */
  fileMessageBytes: 128 * KiB,
  /** Uploads that a room keeps unfinished, and for how long. */
  fileUploadsKeptMax: 1024,
  fileUploadTtlMs: 24 * 3_600_000,
  fileSweepMs: 3_600_000,
  /** How long a reader who does not read on keeps content from being cleared. */
  fileHoldMs: 600_000,
  /** An index is moved when what is dead in it exceeds what lives, and this. */
  indexDeadBytesMin: 4 * MiB,
  /** How long a tombstone outlives what it buries; it goes when the index is moved after that. */
  tombstoneTtlMs: 30 * 24 * 3_600_000,

  /** Rooms that are kept out, as many as one answer to an operator lists. */
  roomsListedMax: 1000,

  // The directory
  /** Profiles that are kept, unless configured. */
  directoryMax: 10_000,
  /** Claimants of one handle, and those of them that one address brought. */
  claimantsMax: 64,
  claimantsPerAddress: 8,
  /** Changes of those who are listed that are remembered: who has missed more lists them again. */
  listedChangesMax: 1024,
  /** Profiles that wait for the disk, and questions that are not answered, of one connection. */
  publishesMax: 16,
  peopleQuestionsMax: 64,
  /** Identities that one connection may be. */
  attendedMax: 8,
  /** Signatures that are checked in a second for one key or ticket, and how many seconds' worth at once. */
  checksPerSecond: 64,
  checksBurstS: 2,
  /** How exactly it is told when somebody was seen last, and how often that is written down. */
  seenMs: 60_000,
  seenFlushMs: 30_000,

  // Storage
  diskReserveBytes: 64 * MiB,
  /** Bytes that were cleared before they are given back to the disk: the least, the least when it is short,
   * and the part of all that is stored, as a divisor. */
  reclaimBytesMin: 64 * MiB,
  reclaimShortBytesMin: 4 * MiB,
  reclaimShare: 4,
  diskCheckMs: 1000
})

// What would be a contradiction is one at start, not in production.
assertAtMost('frameBytesMax', 'pageBytesMax')
assertAtMost('frameMessagesMax', 'pageMessagesMax')
assertAtMost('pageMessagesFull', 'pageMessagesMax')
assertAtMost('pageBytesFull', 'pageBytesMax')
assertAtMost('bodyBytesMax', 'payloadBytesMax')
assertAtMost('payloadBytesMax', 'frameBytesMax')
assertAtMost('frameBytesMax', 'windowBytes')
assertAtMost('windowBytes', 'connectionPendingBytesMax')
assertAtMost('connectionPendingBytesMax', 'pendingBytesMax')
assertAtMost('pageBytesMax', 'streamFrameBytesMax')
assertAtMost('pagesBytesMax', 'streamFrameBytesMax')
assertAtMost('roomsMax', 'channelsMax')
assertAtMost('roomsMax', 'readsWaitingMax')
assertAtMost('connectionsPerAddress', 'connectionsMax')
assertAtMost('helloBytesMax', 'streamFrameBytesMax')
assertAtMost('streamFrameBytesMax', 'intakeBytesMax')
assertAtMost('outputBytesMin', 'connectionOutputBytes')
assertAtMost('connectionOutputBytes', 'connectionOutputBytesMax')
assertAtMost('tallyMarksMin', 'tallyMarksMax')
assertAtMost('reclaimShortBytesMin', 'reclaimBytesMin')
assertAtMost('clockNoteMs', 'clockJumpMs')
assertAtMost('fileChunkBytesMax', 'fileAnswerBytesMax')
assertAtMost('fileMessageBytes', 'fileChunkBytesMax')
assertAtMost('fileEntryBytesMax', 'fileAnswerBytesMax')
assertAtMost('fileAnswerBytesMax', 'streamFrameBytesMax')
assertAtMost('fileVersionsMax', 'fileEntriesMax')
assertAtMost('claimantsMax', 'peopleMax')
assertAtMost('claimantsPerAddress', 'claimantsMax')
assertAtMost('filePutBytesMax', 'fileCommitBytesMax')
assertAtMost('filesWindowBytes', 'connectionPendingBytesMax')

// A frame of any legal shape fits into an empty window: otherwise its sender would wait for ever.
if (
  limits.frameBytesMax + limits.messageOverheadBytes * limits.frameMessagesMax >
  limits.windowBytes
) {
  throw new Error('limits: a full frame must fit into a window')
}

function assertAtMost(lesser: keyof typeof limits, greater: keyof typeof limits): void {
  if (limits[lesser] > limits[greater]) {
    throw new Error(
      `limits: ${lesser} (${limits[lesser]}) must not exceed ${greater} (${limits[greater]})`
    )
  }
}
