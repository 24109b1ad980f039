/** US dollars as people read them, and what stands where a cost is not known: never a zero. */
import type { UsageFigures } from "@/api/types";
import { count } from "@/design/format";

/** 12.3 → "$12.30"; of less than a cent as many digits as say something: "$0.0042". */
export function dollars(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return "–";
  if (value === 0 || value >= 0.01) {
    const [whole = "0", cents = "00"] = value.toFixed(2).split(".");
    return `$${count(Number(whole))}.${cents}`;
  }
  return value < 0.000_001 ? "< $0.000001" : `$${Number(value.toPrecision(2)).toFixed(6).replace(/0+$/, "")}`;
}

/** Why the cost of these calls is more than is shown, or not shown at all; undefined where all of it is known. */
export function unknownCost(
  figures: Pick<UsageFigures, "unpriced_calls" | "unmetered_calls">,
): string | undefined {
  const parts = [
    figures.unpriced_calls > 0 ? `${count(figures.unpriced_calls)} unpriced` : "",
    figures.unmetered_calls > 0 ? `${count(figures.unmetered_calls)} unmetered` : "",
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : undefined;
}

/** What went to the provider, whichever bucket it is in. */
export const sent = (figures: UsageFigures) =>
  figures.input_tokens + figures.cache_read_tokens + figures.cache_write_tokens;

/** The share of what was sent that came from the provider's cache, in percent. */
export function cached(figures: UsageFigures): number | undefined {
  const all = sent(figures);
  return all > 0 ? (100 * figures.cache_read_tokens) / all : undefined;
}
