/** The path of the unix socket that an address of ours names. */
export function socketPath(url: string): string {
  return new URL(url).pathname;
}
