import type { CapabilityDetail } from "./capability-detail.ts";
import type { CapabilityLine } from "./capability-line.ts";

/** Capabilities that fit. */
export interface CapabilityListAnswer {
  readonly capabilities: readonly CapabilityLine[];
  readonly total: number;
  /** How many there are, whatever the caller asks for. */
  readonly known: number;
  readonly truncated?: string;
  readonly next: string;
}

/** The capability of a name. */
export interface CapabilityAnswer {
  readonly capability: CapabilityDetail;
  /** What its file says behind the frontmatter. */
  readonly text?: string;
  readonly truncated?: string;
  readonly next: string;
}
