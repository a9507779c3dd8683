// What an app is given and gives of a room's files and state, as one door.

export type { FileInfo } from './file-info.ts'
export type * from './files-options.ts'
export type { RoomFiles } from './room-files.ts'
export type { RoomState, StateValue } from './room-state.ts'
export type { FileSource } from './source.ts'
