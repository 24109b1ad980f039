/** One moment of the past as a whole: choose it on the line of the machine, and see what was then. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { momentQuery } from "@/api/queries/incidents";
import { timeToSecond } from "@/design/format";
import { BackIcon, ForthIcon } from "@/design/icons";
import { Failure, Skeletons } from "@/design/states";
import { UpLink } from "@/design/UpLink";
import { BundleButton } from "@/features/incidents/BundleDialog";
import { useOffline } from "@/live/context";
import { withChanges } from "@/searchParameters";
import { useKeys } from "@/shell/keys";
import classes from "./Moment.module.css";
import { MomentTrack } from "./MomentTrack";
import { MomentView } from "./MomentView";
import { TRACKS, trackOf, USUAL_TRACK } from "./moment";

export default function MomentPage() {
  const search = useSearch({ from: "/events/moment" });
  const navigate = useNavigate({ from: "/events/moment" });
  const [opened, setOpened] = useState(() => Date.now());
  const chosen = search.at === undefined ? opened : Date.parse(search.at);
  const [at, choose] = useSliding(
    chosen,
    (moment) =>
      void navigate({
        search: (now) => withChanges(now, { at: new Date(moment).toISOString() }),
        replace: true,
      }),
  );
  const track = trackOf(search, opened);
  const offline = useOffline();
  // Another moment could not be read, and the one that is shown would be gone.
  const held = { disabled: offline !== null, title: offline ?? undefined };
  const step = (minutes: number) => {
    if (offline === null) choose(Math.min(at + minutes * MINUTE, opened));
  };
  useKeys([
    { keys: "ArrowLeft", does: "A minute earlier", run: () => step(-1) },
    { keys: "ArrowRight", does: "A minute later", run: () => step(1) },
  ]);
  const toNow = () => {
    setOpened(Date.now());
    void navigate({ search: (now) => withChanges(now, { at: undefined }), replace: true });
  };
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          <UpLink to="/events">Events</UpLink>
          {timeToSecond(at)}
        </h1>
        <div className="grow" />
        <BundleButton at={new Date(chosen).toISOString()} />
      </div>
      <div className={classes.tools}>
        <Button variant="default" {...held} leftSection={<BackIcon size={14} />} onClick={() => step(-1)}>
          1 min
        </Button>
        <Button
          variant="default"
          {...held}
          rightSection={<ForthIcon size={14} />}
          disabled={held.disabled || at >= opened}
          onClick={() => step(1)}
        >
          1 min
        </Button>
        <TextInput
          size="xs"
          type="datetime-local"
          {...held}
          step={1}
          aria-label="Date and time"
          value={localTime(at)}
          max={localTime(opened)}
          onChange={(event) => {
            const typed = Date.parse(event.currentTarget.value);
            if (!Number.isNaN(typed)) choose(Math.min(typed, opened));
          }}
        />
        <Button
          variant="subtle"
          {...held}
          disabled={held.disabled || search.at === undefined}
          onClick={toNow}
        >
          Now
        </Button>
        <div className="grow" />
        <NativeSelect
          size="xs"
          aria-label="How far the line reaches"
          {...held}
          value={search.hours ?? USUAL_TRACK}
          onChange={(event) => {
            const hours = Number(event.currentTarget.value);
            const other = hours === USUAL_TRACK ? undefined : hours;
            void navigate({ search: (now) => withChanges(now, { hours: other }), replace: true });
          }}
          data={Object.entries(TRACKS).map(([value, label]) => ({ value, label }))}
        />
      </div>
      <MomentTrack track={track} at={at} choose={choose} held={held} />
      <Found at={new Date(chosen).toISOString()} />
    </div>
  );
}

const MINUTE = 60_000;

function localTime(at: number): string {
  return timeToSecond(at).replace(" ", "T");
}

/** A pause in moving after which the daemon is asked, milliseconds. */
const PAUSE = 200;

/** Follows the hand at once, and says where it came to rest. */
function useSliding(chosen: number, settle: (at: number) => void): [number, (at: number) => void] {
  const [held, setHeld] = useState<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only moving begins the pause anew
  useEffect(() => {
    if (held === null) return;
    const timer = setTimeout(() => {
      settle(held);
      setHeld(null);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [held]);
  return [held ?? chosen, setHeld];
}

function Found({ at }: { at: string }) {
  const { data, error, refetch, isPlaceholderData } = useQuery(momentQuery(at));
  const offline = useOffline() !== null;
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={3} height={120} />
    );
  return (
    <div className={offline || isPlaceholderData ? "stale" : undefined}>
      <MomentView moment={data} />
    </div>
  );
}
