import type { Run } from "@/api/types";
import { StatusWord } from "@/design/StatusMark";
import { appearance } from "./statuses";

export function RunStatusWord({ run }: { run: Pick<Run, "status" | "ending"> }) {
  const { look, word } = appearance(run);
  return <StatusWord status={look} word={word} />;
}
