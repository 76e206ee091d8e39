/**
 * Not TypeScript: to read that, every web process would load a compiler, and keep 23 MB for it.
 * @type {import("next").NextConfig}
 */
export default {
  poweredByHeader: false,
  /** A third of the bytes of a page and its code. Streams to people say `no-transform`, and stay as they are. */
  compress: true,
  devIndicators: false,
  /** Types are checked by `npm run check`; a build at somebody's first start need not repeat it. */
  typescript: { ignoreBuildErrors: true },
  /** Node packages that read files of their own or load code at run time. */
  serverExternalPackages: ["ioredis", "postgres", "pino", "playwright", "linkedom", "@sparticuz/chromium"],
  /** The project's own folder, whatever lock files stand in those above it. */
  turbopack: { root: process.cwd() },
};
