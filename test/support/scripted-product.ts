import type { Browser } from "playwright";
import { openBrowser } from "#/test/support/browse.ts";
import { type OpenAIServer, startOpenAIServer } from "#/test/support/openai-server.ts";
import { startProduct, type TestProduct } from "#/test/support/product.ts";

export type ScriptedProduct = {
  readonly model: OpenAIServer;
  readonly product: TestProduct;
  readonly browser: Browser;
  close(): Promise<void>;
};

/** The product with a model that says exactly what a test needs, and a browser to look at it. */
export async function startScriptedProduct(more: Record<string, string> = {}): Promise<ScriptedProduct> {
  const model = await startOpenAIServer([]);
  const settings = { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: "test", DEPUTY_MODEL_STANDARD: "scripted", ...more };
  const [product, browser] = await Promise.all([startProduct(settings), openBrowser()]);
  return {
    model,
    product,
    browser,
    async close() {
      await browser.close();
      await product.stop();
      await model.close();
    },
  };
}
