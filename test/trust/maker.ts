import { trustKey } from "../../src/trust/key.ts";

process.stdout.write(trustKey(process.argv[2]!).secret());
