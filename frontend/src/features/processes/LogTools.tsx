import { ActionIcon, NativeSelect, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import {
  ClockIcon,
  CopyIcon,
  DownIcon,
  DownloadIcon,
  OkIcon,
  SearchIcon,
  UpIcon,
  WrapIcon,
} from "@/design/icons";
import type { LogSearch } from "./address";
import classes from "./LogTools.module.css";
import { LEVELS, type Level } from "./level";

interface LogToolsProps {
  download: string;
  search: LogSearch;
  choose: (search: LogSearch) => void;
  /** Why the regular expression cannot be used. */
  fault: string | null;
  found: number;
  /** Which of the matches is the current one, from 1. */
  place: number | null;
  field: React.RefObject<HTMLInputElement | null>;
  step: (direction: 1 | -1) => void;
  copyAll: () => Promise<void>;
}

type Changes = { [Key in keyof LogSearch]: LogSearch[Key] | undefined };

export function LogTools(props: LogToolsProps) {
  const { download, search, choose, copyAll } = props;
  const change = (changes: Changes) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...changes }).filter(([, value]) => value));
    choose(next as LogSearch);
  };
  return (
    <div className={classes.tools} role="toolbar" aria-label="Log">
      <SearchField {...props} change={change} />
      <NativeSelect
        size="xs"
        aria-label="Lowest level shown"
        value={search.level ?? ""}
        onChange={(event) => change({ level: (event.currentTarget.value || undefined) as Level | undefined })}
        data={[
          { value: "", label: "All levels" },
          ...LEVELS.slice(1).map((value) => ({ value, label: LEVEL_WORDS[value] })),
        ]}
      />
      <div className="grow" />
      <Toggle
        label="Wrap lines"
        on={search.wrap !== "no"}
        set={(on) => change({ wrap: on ? undefined : "no" })}
        icon={<WrapIcon size={16} />}
      />
      <Toggle
        label="Time of arrival"
        on={search.time !== "no"}
        set={(on) => change({ time: on ? undefined : "no" })}
        icon={<ClockIcon size={16} />}
      />
      <CopyAll copyAll={copyAll} />
      <ActionIcon
        component="a"
        variant="default"
        size={30}
        href={download}
        download
        aria-label="Download the whole log"
        title="Download the whole log"
      >
        <DownloadIcon size={16} />
      </ActionIcon>
    </div>
  );
}

const LEVEL_WORDS: Record<Level, string> = {
  debug: "Debug and above",
  info: "Info and above",
  warning: "Warnings and errors",
  error: "Errors",
};

function SearchField({
  search,
  fault,
  found,
  place,
  field,
  step,
  change,
}: LogToolsProps & { change: (changes: Changes) => void }) {
  return (
    <div className={classes.search}>
      <TextInput
        ref={field}
        size="xs"
        className={classes.field as string}
        aria-label="Search the log"
        aria-describedby="log-search-found"
        placeholder="Search ( / )"
        leftSection={<SearchIcon size={15} />}
        rightSection={
          <button
            type="button"
            className={classes.regex}
            aria-pressed={search.regex === "yes"}
            aria-label="Regular expression"
            title="Regular expression"
            onClick={() => change({ regex: search.regex === "yes" ? undefined : "yes" })}
          >
            .*
          </button>
        }
        error={fault !== null}
        title={fault ?? undefined}
        value={search.q ?? ""}
        onChange={(event) => change({ q: event.currentTarget.value || undefined })}
        onKeyDown={(event) => {
          if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <span
        id="log-search-found"
        className={classes.found}
        data-fault={fault !== null || undefined}
        aria-live="polite"
      >
        {search.q && (fault ?? foundWords(found, place))}
      </span>
      {search.q && fault === null && (
        <>
          <ActionIcon
            variant="default"
            size={30}
            aria-label="Previous match (N)"
            title="Previous match (N)"
            onClick={() => step(-1)}
          >
            <UpIcon size={16} />
          </ActionIcon>
          <ActionIcon
            variant="default"
            size={30}
            aria-label="Next match (n)"
            title="Next match (n)"
            onClick={() => step(1)}
          >
            <DownIcon size={16} />
          </ActionIcon>
        </>
      )}
    </div>
  );
}

function foundWords(found: number, place: number | null): string {
  if (found === 0) return "no match";
  return place === null ? `${found} found` : `${place} of ${found}`;
}

interface ToggleProps {
  label: string;
  on: boolean;
  set: (on: boolean) => void;
  icon: ReactNode;
}

function Toggle({ label, on, set, icon }: ToggleProps) {
  return (
    <ActionIcon
      className={classes.toggle}
      variant="default"
      size={30}
      aria-pressed={on}
      aria-label={label}
      title={label}
      onClick={() => set(!on)}
    >
      {icon}
    </ActionIcon>
  );
}

const SAID = 1_500;

function CopyAll({ copyAll }: { copyAll: () => Promise<void> }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyAll();
    setCopied(true);
    setTimeout(() => setCopied(false), SAID);
  };
  const label = copied ? "Copied" : "Copy the lines in memory";
  return (
    <ActionIcon variant="default" size={30} aria-label={label} title={label} onClick={() => void copy()}>
      {copied ? <OkIcon size={16} /> : <CopyIcon size={16} />}
    </ActionIcon>
  );
}
