// Writes docs/routing.md: `npm run routing`.
import { writeFileSync } from "node:fs";
import { routingPage } from "../test/rig/routing-page.ts";

writeFileSync("docs/routing.md", routingPage());
