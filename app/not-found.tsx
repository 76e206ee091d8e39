import Link from "next/link";

export default function NotFound() {
  return (
    <main className="flex min-h-dvh flex-1 flex-col items-center justify-center gap-3 p-6 text-center">
      <h1 className="text-lg font-semibold">There is nothing here.</h1>
      <p className="max-w-sm text-sm leading-relaxed text-muted">The address is wrong, or what it named was deleted.</p>
      <Link
        href="/"
        className="mt-2 rounded-lg border bg-card px-4 py-2 text-sm font-medium hover:border-border-strong"
      >
        Start a conversation
      </Link>
    </main>
  );
}
