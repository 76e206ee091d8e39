"use client";

import { config } from "zod";

/**
 * To be imported in front of the AI SDK, which makes schemas as it is loaded: their library tries out whether it may compile them
 * with `eval`. The page's policy forbids that, and Firefox says so in the console, each time.
 */
config({ jitless: true });
