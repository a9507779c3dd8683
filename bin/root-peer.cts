#!/usr/bin/env node
// Where the command starts: sets the size of libuv's thread pool, which fdatasync shares with RocksDB,
// then hands over. Not an ES module, because Node reads those through that very pool, and its size is
// fixed by its first use.

process.env['UV_THREADPOOL_SIZE'] ??= '8'
void import('./root-peer.ts')
