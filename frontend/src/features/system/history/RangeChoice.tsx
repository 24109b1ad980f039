/** How far back, and the way back out of a part that was drawn over. */
import { Button, SegmentedControl } from "@mantine/core";
import { pointTime } from "@/design/axis";
import { CloseIcon } from "@/design/icons";
import classes from "./RangeChoice.module.css";
import { type RangeSearch, SPANS, type SpanName, spanSearch, USUAL, zoomed } from "./range";
import { partOf } from "./usePast";

interface RangeChoiceProps {
  search: RangeSearch;
  change: (next: RangeSearch) => void;
}

export function RangeChoice({ search, change }: RangeChoiceProps) {
  const part = partOf(search);
  return (
    <div className={classes.range}>
      <SegmentedControl
        size="xs"
        aria-label="How far back"
        value={part ? "" : (search.range ?? USUAL)}
        onChange={(value) => change(spanSearch(value as SpanName))}
        data={Object.entries(SPANS).map(([value, { words }]) => ({ value, label: words }))}
      />
      {part ? (
        <Button
          variant="default"
          rightSection={<CloseIcon size={13} />}
          aria-label="Show all of the range again"
          onClick={() => change(zoomed(search, null))}
        >
          {partWords(part)}
        </Button>
      ) : (
        <span className={`${classes.hint} muted small`}>Drag to zoom, double-click for all.</span>
      )}
    </div>
  );
}

const DAY = 86_400;

function partWords([from, to]: readonly [number, number]): string {
  // A day more than there is tells the dates of both ends, where they are not today.
  const span = Date.now() / 1000 - from > DAY ? 2 * DAY : to - from;
  return `${pointTime(from, span)} – ${pointTime(to, span)}`;
}
