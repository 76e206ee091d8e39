import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { cache, type ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { nestsTooDeep } from "#/app/_ui/nesting.ts";
import { fromDatabase } from "#/app/context.ts";
import { openDocument } from "#/lib/documents/open-document.ts";

type Props = { readonly params: Promise<{ readonly id: string }> };

/** More than this is shown as it was written: a tree of it would take the server seconds and the browser more. */
const MAX_RENDERED_CHARACTERS = 500_000;

const open = cache((id: string) => fromDatabase((from) => openDocument(from, id)));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const document = await open((await params).id);
  return { title: document?.title ?? "Unknown document" };
}

/** An ingested document as citations open it: `#passage-4` is the passage with that number, and is highlighted. */
export default async function DocumentPage({ params }: Props) {
  const document = await open((await params).id);
  if (document === null) notFound();
  const characters = document.passages.reduce((sum, passage) => sum + passage.text.length, 0);
  const ingestedAt = new Date(document.ingestedAt);
  const asWritten = document.mediaType.startsWith("text/plain") || characters > MAX_RENDERED_CHARACTERS;
  return (
    <main className="mx-auto min-h-dvh max-w-3xl px-4 pt-6 pb-24 sm:px-6">
      <header className="mb-6 border-b border-border pb-4">
        <Link href="/" className="text-sm text-muted hover:text-foreground">
          Deputy
        </Link>
        <h1 className="mt-2 text-2xl font-semibold break-words">{document.title}</h1>
        <p className="mt-1 text-sm break-all text-muted">{document.origin}</p>
        <p className="mt-1 text-xs text-muted">
          {document.passages.length} {document.passages.length === 1 ? "passage" : "passages"}, ingested{" "}
          <time dateTime={ingestedAt.toISOString()}>{ingestedAt.toISOString().slice(0, 16).replace("T", " ")} UTC</time>
        </p>
      </header>
      {document.passages.map((passage) => (
        <section
          key={passage.ordinal}
          id={`passage-${passage.ordinal}`}
          aria-label={[`Passage ${passage.ordinal + 1}`, ...passage.heading].join(", ")}
          className="-mx-3 scroll-mt-6 rounded-lg px-3 py-2 target:bg-accent-soft target:ring-2 target:ring-accent"
        >
          <PassageText text={passage.text} asWritten={asWritten} />
        </section>
      ))}
    </main>
  );
}

function PassageText({ text, asWritten }: { text: string; asWritten: boolean }) {
  if (asWritten || nestsTooDeep(text))
    return <p className="text-sm leading-relaxed break-words whitespace-pre-wrap">{text}</p>;
  return (
    <div className="prose-answer break-words">
      <ReactMarkdown remarkPlugins={[remarkGfm]} components={components}>
        {text}
      </ReactMarkdown>
    </div>
  );
}

/** Nothing of a document is loaded from elsewhere, and its relative addresses lead nowhere here. */
const components: Components = {
  a: ({ href, children }) => <OutwardLink href={href ?? ""}>{children}</OutwardLink>,
  img: ({ src, alt }) => {
    const address = typeof src === "string" ? src : "";
    return <OutwardLink href={address}>[{alt || "image"}]</OutwardLink>;
  },
  pre: ({ children }) => (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      className="my-3 overflow-x-auto rounded-lg border border-border bg-subtle p-3 font-mono text-[0.8125rem] leading-relaxed"
    >
      {children}
    </pre>
  ),
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section aria-label="Table" tabIndex={0} className="my-3 overflow-x-auto">
      <table>{children}</table>
    </section>
  ),
};

function OutwardLink({ href, children }: { href: string; children: ReactNode }) {
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
