// Units that figures are told in.

export const KB = 1000
export const MB = 1000 * KB
export const MiB = 1024 * 1024
