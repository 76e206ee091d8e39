import { fileURLToPath } from "node:url";

/** The folder of the product. A bundle stands as deep below it as this file does: see `ensureBundled`. */
export const projectRoot = fileURLToPath(new URL("../..", import.meta.url));
