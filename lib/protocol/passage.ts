/** A passage of an ingested document as a search finds it. */
export type Passage = {
  readonly documentId: string;
  /** 0, 1, 2, ... in the order of the document. */
  readonly ordinal: number;
  readonly title: string;
  /** The headings above it, outermost first. */
  readonly heading: readonly string[];
  readonly origin: string;
  readonly text: string;
  /** 0 to 1: the share of the query's meaning that the passage holds, where rare words count most. */
  readonly score: number;
};

/** What a question about this product calls it; it stands in the title of each page of its own documentation. */
export const ownName = "Deputy";
