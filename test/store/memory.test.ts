import { createMemoryStore } from "../../src/store/memory.ts";
import { storeSuite } from "../suites/store.suite.ts";

storeSuite("memory store", () => createMemoryStore());
