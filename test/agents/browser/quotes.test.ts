import { describe, expect, test } from "vitest";
import { quotesOf } from "#/agents/browser/quotes.ts";

const visibleText = [
  "Home\tShop\tContact",
  "The battery lasts eleven hours. It charges in two. Nobody has complained so far.",
  "Blue widget\t5 EUR",
  "Shipping takes three working days within the country.",
].join("\n");

const quotes = (task: string, text = visibleText, title = "Widgets") =>
  quotesOf({ task, title, url: "https://shop.example/", visibleText: text, markdown: text }).map(({ quote }) => quote);

describe("quotes", () => {
  test("are the title and the sentences that speak of the task, in the order of the page", () => {
    expect(
      quotes("Open https://shop.example/battery: how long is shipping, and how long does the battery last?"),
    ).toEqual(["Widgets", "The battery lasts eleven hours.", "Shipping takes three working days within the country."]);
  });

  test("may be a row of a table", () => {
    expect(quotes("What does the blue widget cost?")).toContain("Blue widget 5 EUR");
  });

  test("find the singular for a plural", () => {
    expect(quotes("Tell me about batteries and hours")).toContain("The battery lasts eleven hours.");
  });

  test("are the first sentences when nothing matches", () => {
    expect(quotes("Zebras?")).toEqual(["Widgets", "The battery lasts eleven hours.", "Nobody has complained so far."]);
  });

  test("are the beginning of a text that has no sentences", () => {
    const text = `{"data":"${"x".repeat(1_000)}"}`;
    expect(quotes("Open it", text, "")).toEqual([text.slice(0, 400)]);
  });

  test("are five at most, and none for an empty page without a title", () => {
    const text = Array.from({ length: 30 }, (_, i) => `Widget number ${i} is one of many widgets.`).join("\n");
    expect(quotes("widgets", text)).toHaveLength(5);
    expect(quotes("widgets", "", "")).toEqual([]);
  });

  test("each stand in the page letter by letter, blanks aside", () => {
    const flat = visibleText.replace(/\s+/g, " ");
    for (const quote of quotes("battery shipping widget contact").slice(1)) expect(flat).toContain(quote);
  });

  test("of a page of a million words take little time", () => {
    const text = Array.from(
      { length: 50_000 },
      (_, i) => `Widget ${i} is one of so many widgets that nobody counts them any more.`,
    ).join("\n");
    const begun = performance.now();
    expect(quotes("widgets", text)).toHaveLength(5);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
