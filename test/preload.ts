import { setDefaultTimeout } from "bun:test";

/** Milliseconds that a test may take: a busy machine hashes a password in seconds, and runs a program in more. */
const PATIENCE = 30_000;

setDefaultTimeout(PATIENCE);
