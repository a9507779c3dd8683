// The files channel of one visitor: what it asks of the space, answered from what this device keeps. Nothing
// is taken. It lives no longer than the room channel beside it.

import type { Channel } from 'protomux'
import type { RootPeerError } from '../../protocol/errors.ts'
import { readOnly, tooMany, unavailable, unexpected } from '../../protocol/errors.ts'
import type { FileGet, FilesSenders, FileWatch, StoredFile } from '../../protocol/files-channel.ts'
import { addFilesMessages, FILES_PROTOCOL, filesHandshake } from '../../protocol/files-channel.ts'
import { Access } from '../../protocol/keys.ts'
import { wireLimits } from '../../protocol/limits.ts'
import { Download } from './download.ts'
import { Follower } from './follower.ts'
import type { ServedSpace, VisitorLine } from './served.ts'
import { toStored } from './space-store.ts'
import type { Kept } from './space-store.ts'
import { toldAs } from './told-as.ts'

const { fileAnswerBytesMax, fileEntriesMax, fileGetsMax, fileQuestionsMax, fileWatchesMax } =
  wireLimits

export class FilesSession {
  readonly #line: VisitorLine
  readonly #space: ServedSpace
  readonly #channel: Channel<null, null>
  readonly #send: FilesSenders
  readonly #downloads = new Map<number, Download>()
  readonly #followers = new Map<number, Follower>()
  readonly #unlisten: () => void
  #granted = false
  #gone = false
  #lastRequest = -1
  #questions = 0

  /** Opens our side; null if the visitor has it open already, or is gone. */
  static open(line: VisitorLine, space: ServedSpace): FilesSession | null {
    const channel = line.mux.createChannel<null, null>({
      protocol: FILES_PROTOCOL,
      id: space.id,
      handshake: filesHandshake,
      onopen: (_, opened) => (opened.userData as FilesSession).#onopen(),
      onclose: (_, closed) => (closed.userData as FilesSession).#onclose()
    })
    return channel === null ? null : new FilesSession(line, space, channel)
  }

  private constructor(line: VisitorLine, space: ServedSpace, channel: Channel<null, null>) {
    this.#line = line
    this.#space = space
    this.#channel = channel
    channel.userData = this
    this.#unlisten = space.store.listen(() => this.drained())
    const refuse = ({ request }: { request: number }): void => {
      line.strayed()
      this.#refuse(request, readOnly())
    }
    const { store } = space
    this.#send = addFilesMessages(channel, {
      begin: refuse,
      commit: refuse,
      put: refuse,
      stat: ({ request, keys }) =>
        this.#ask(request, async () => {
          const found = await Promise.all(keys.map((key) => store.get(key)))
          return { found: found.filter((each) => each !== null), end: true }
        }),
      list: ({ request, folder, after, limit }) =>
        this.#ask(request, async () => {
          const count = Math.min(limit, fileEntriesMax)
          const found = await store.list(folder, after, count)
          return { found, end: found.length < count }
        }),
      // Only root peers keep older ones.
      versions: ({ request }) => this.#ask(request, async () => ({ found: [], end: true })),
      get: (get) => this.#get(get),
      watch: (watch) => this.#watch(watch),
      more: ({ request, limit }) => {
        this.#downloads.get(request)?.more(limit)
        this.#followers.get(request)?.more(limit)
      },
      stop: ({ request }) => this.#stop(request)
    })
    channel.open(null)
  }

  /** More may be written, or there is more. */
  drained(): void {
    for (const follower of this.#followers.values()) follower.pump()
  }

  /** Says why, and closes the channel. */
  deny(err: RootPeerError): void {
    if (this.#gone) return
    this.#send.denied(toldAs(err))
    this.#channel.close()
  }

  #onopen(): void {
    // Not in this turn: Protomux is still opening the channel, and must not find it closed.
    setTimeout(() => {
      if (this.#gone) return
      const { store, isWhole } = this.#space
      // What is not all there is must not be taken for it: root peers have the rest.
      if (!isWhole) return this.deny(unavailable())
      this.#granted = true
      this.#send.granted({
        access: Access.guest,
        index: store.key,
        seq: store.length,
        entries: 0, // nobody brings it anything
        contentBytes: 0,
        fileBytesMax: 0,
        windowBytes: 0
      })
    }, 0)
  }

  /** One answer that is read from disk: in turn, and only while the visitor takes what it asks for. */
  #ask(request: number, answer: () => Promise<{ found: Kept[]; end: boolean }>): void {
    if (this.#questions >= fileQuestionsMax) throw tooMany('unanswered questions', fileQuestionsMax)
    this.#begin(request)
    this.#questions++
    this.#answer(request, answer)
      .catch((err: unknown) => this.#refuse(request, err))
      .finally(() => this.#questions--)
      .catch(() => {})
  }

  async #answer(
    request: number,
    answer: () => Promise<{ found: Kept[]; end: boolean }>
  ): Promise<void> {
    const done = await this.#line.turn()
    try {
      await this.#line.untilReady()
      if (this.#gone) return
      const { found, end } = await answer()
      if (this.#gone) return
      const entries = fitting(found)
      this.#send.entries({ request, entries, end: end && entries.length === found.length })
    } finally {
      done()
    }
  }

  #get({ request, files, limit }: FileGet): void {
    this.#begin(request)
    if (this.#downloads.size >= fileGetsMax) throw tooMany('answers with content', fileGetsMax)
    // The frame that asks is not kept for the keys in it.
    const wanted = files.map((each) => ({ ...each, key: Uint8Array.from(each.key) }))
    const download = new Download(
      this.#space.store,
      this.#line,
      { wanted, limit },
      {
        chunks: (parts, end) => void this.#send.chunks({ request, parts, end }),
        ended: (err) => {
          this.#downloads.delete(request)
          if (err !== null) this.#refuse(request, err)
        }
      }
    )
    this.#downloads.set(request, download)
    download.pump()
  }

  #watch(watch: FileWatch): void {
    const { request } = watch
    this.#begin(request)
    if (this.#followers.size >= fileWatchesMax) throw tooMany('watches', fileWatchesMax)
    const follower = new Follower(this.#space.store, this.#line, watch, {
      changes: (changes) => void this.#send.changes({ request, ...changes }),
      reset: (place) => void this.#send.reset({ request, ...place }),
      ended: (err) => {
        this.#followers.delete(request)
        if (err !== null) this.#refuse(request, err)
      }
    })
    this.#followers.set(request, follower)
    follower.pump()
  }

  #begin(request: number): void {
    if (!this.#granted) throw unexpected('a message before "granted"')
    if (request <= this.#lastRequest) throw unexpected(`request ${request} does not grow`)
    this.#lastRequest = request
    this.#line.asked()
  }

  #refuse(request: number, err: unknown): void {
    if (!this.#gone) this.#send.refused({ request, ...toldAs(err) })
  }

  #stop(request: number): void {
    this.#downloads.get(request)?.close()
    this.#downloads.delete(request)
    this.#followers.get(request)?.close()
    this.#followers.delete(request)
  }

  #onclose(): void {
    if (this.#gone) return
    this.#gone = true
    this.#unlisten()
    for (const download of this.#downloads.values()) download.close()
    for (const follower of this.#followers.values()) follower.close()
    this.#downloads.clear()
    this.#followers.clear()
  }
}

/** What does not fit is left out: the visitor asks again from the last one. */
function fitting(found: readonly Kept[]): StoredFile[] {
  let bytes = 0
  const entries: StoredFile[] = []
  for (const each of found) {
    bytes += each.entry.sealed.byteLength
    if (bytes > fileAnswerBytesMax) break
    entries.push(toStored(each))
  }
  return entries
}
