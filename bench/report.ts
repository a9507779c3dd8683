// docs/PERFORMANCE.md, made from the figures of one run and the machine that it ran on.

import os from 'node:os'
import type { Figure } from './figure.ts'
import { goalOf, isGood, written } from './figure.ts'

export function report(
  rounds: number,
  ratios: readonly Figure[],
  figures: readonly Figure[]
): string {
  const [cpu] = os.cpus()
  return `# Performance

Made by \`npm run bench -- --markdown\`, and the last section from what \`npm run bench:load\` prints. ${rounds} rounds; root and client in processes of their own, every acknowledgement synced to disk, 256-byte payloads. Each process has done everything on a small scale before it is measured. Ratios are made inside a round.

Machine: ${os.availableParallelism()} cores (${cpu?.model.trim() ?? 'unknown'}), ${written(os.totalmem() / 2 ** 30)} GiB, Linux ${os.release()}, Node ${process.version}.

## What must hold

${table(ratios)}

## Figures

Messages, blocks or deliveries a second; milliseconds where the name says so. \`append\` is a bare \`core.append\` in batches of 256; \`replication\` is Hypercore's own, one message a block; \`nativePages\` is the same of our pages.

${table(figures)}

## Many rooms, many connections, hostile ones

\`npm run bench:load\` prints these with their goals. Memory is resident memory after a collection, once the engine has given back what it had set aside.
`.trimEnd()
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, value, min = value, max = value, unit = '' } = figure
    const goal = isGood(figure) ? goalOf(figure) : `${goalOf(figure)}, missed`
    return `| \`${name}\` | ${`${written(value)} ${unit}`.trim()} | ${written(min)} to ${written(max)} | ${goal} |`
  })
  return ['| name | median | least to most | goal |', '| --- | ---: | ---: | --- |', ...rows].join(
    '\n'
  )
}
