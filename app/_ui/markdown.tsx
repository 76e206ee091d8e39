"use client";

import { memo, useId } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { Citation } from "#/app/_ui/citation.tsx";
import { citationMarks } from "#/app/_ui/citation-marks.ts";
import { CodeBlock } from "#/app/_ui/code-block.tsx";
import { nestsTooDeep, refuseDepth } from "#/app/_ui/nesting.ts";
import { safeUrl } from "#/app/_ui/safe-url.ts";

/** A longer text is shown as it was written: building a tree of it would hold up the page. */
const maxCharacters = 200_000;

/**
 * Markdown from models, pages and documents: no raw HTML, no pictures from anywhere, links that open in a new tab and
 * only where `safeUrl` lets them. A text that cannot be rendered is shown as it was written.
 */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const prefix = useId();
  if (text.length > maxCharacters || nestsTooDeep(text)) return <AsWritten text={text} />;
  try {
    // Called, not mounted: what it throws must be caught on the server, too, where no error boundary does it.
    return ReactMarkdown({
      children: text,
      remarkPlugins: plugins,
      remarkRehypeOptions: { clobberPrefix: `${prefix}-` },
      components,
      urlTransform: (url) => safeUrl(url) ?? "",
    });
  } catch {
    return <AsWritten text={text} />;
  }
});

const plugins = [remarkGfm, refuseDepth, citationMarks];

const components: Components = {
  a: ({ node, href, children, ...rest }) => {
    const n = Number(node?.properties.dataCitation ?? Number.NaN);
    if (!Number.isNaN(n)) return <Citation n={n}>{children}</Citation>;
    if (href === undefined || href === "") return <span>{children}</span>;
    const away = href.startsWith("#") ? {} : { target: "_blank", rel: "noopener noreferrer" };
    return (
      <a {...rest} href={href} title={href} {...away}>
        {children}
      </a>
    );
  },
  img: ({ src, alt }) => <PictureLink src={typeof src === "string" ? src : ""} alt={alt ?? ""} />,
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section aria-label="Table" tabIndex={0} className="my-4 overflow-auto">
      <table>{children}</table>
    </section>
  ),
};

/** A picture is named and linked, never loaded: loading it would tell its server who reads this. */
function PictureLink({ src, alt }: { src: string; alt: string }) {
  const label = `Picture: ${alt || src || "without an address"}`;
  if (src === "") return <span>[{label}]</span>;
  return (
    <a href={src} target="_blank" rel="noopener noreferrer" title={src}>
      [{label}]
    </a>
  );
}

function AsWritten({ text }: { text: string }) {
  return <p className="whitespace-pre-wrap">{text}</p>;
}
