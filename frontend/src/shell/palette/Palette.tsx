/** Everything that can be done, found by a few letters: type, choose with the arrows, Enter. */
import { Button, Group, Modal } from "@mantine/core";
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { count } from "@/design/format";
import { SearchIcon } from "@/design/icons";
import { useAlertEntries } from "./alerts";
import { type Entry, type Question, type Ranked, ranked } from "./entries";
import { useModuleEntries, useRunEntries, useScheduleEntries } from "./jobs";
import { useKnowledgeEntries } from "./knowledge";
import classes from "./Palette.module.css";
import { useDaemonEntries, useLookEntries, usePlaceEntries } from "./places";
import { noteUse, recentIds } from "./recent";
import { useServiceEntries } from "./services";

interface PaletteProps {
  close: () => void;
  showKeys: () => void;
}

export default function Palette({ close, showKeys }: PaletteProps) {
  const [asked, setAsked] = useState<Entry | null>(null);
  const back = useFocusBefore();
  const leave = () => {
    close();
    back();
  };
  const run = (entry: Entry) => {
    close();
    noteUse(entry.id);
    entry.run();
  };
  return (
    <Modal.Root
      opened
      onClose={leave}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      size={620}
      yOffset="12vh"
    >
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content aria-label={asked?.question?.title ?? "Commands"}>
        <div className={classes.palette}>
          {asked?.question ? (
            <Asking question={asked.question} yes={() => run(asked)} no={() => setAsked(null)} />
          ) : (
            <Finding
              showKeys={showKeys}
              choose={(entry) => (entry.question ? setAsked(entry) : run(entry))}
            />
          )}
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Gives the focus back to what had it when this came. */
function useFocusBefore(): () => void {
  const before = useRef(document.activeElement);
  return () => before.current instanceof HTMLElement && before.current.focus({ preventScroll: true });
}

function Asking({ question, yes, no }: { question: Question; yes: () => void; no: () => void }) {
  return (
    <div className={classes.asking}>
      <h2>{question.title}</h2>
      <p>{question.lost}</p>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={no}>
          No
        </Button>
        <Button autoFocus onClick={yes}>
          {question.verb}
        </Button>
      </Group>
    </div>
  );
}

interface FindingProps {
  showKeys: () => void;
  choose: (entry: Entry) => void;
}

function Finding({ showKeys, choose }: FindingProps) {
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const entries = useEntries(typed, showKeys);
  const recent = useMemo(recentIds, []);
  const shown = ranked(entries, typed, recent);
  const at = Math.min(active, shown.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    const moved = moves(event.key, at, shown.length);
    if (moved !== null) setActive(moved);
    const chosen = event.key === "Enter" && !event.nativeEvent.isComposing ? shown[at]?.entry : undefined;
    if (moved === null && !chosen) return;
    event.preventDefault();
    if (chosen) choose(chosen);
  };
  return (
    <>
      <div className={classes.field}>
        <SearchIcon />
        <input
          // biome-ignore lint/a11y/noAutofocus: the dialog is there to be typed into
          autoFocus
          data-autofocus
          type="text"
          role="combobox"
          aria-label="Command"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-autocomplete="list"
          aria-activedescendant={at >= 0 ? optionId(at) : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder="What do you want to do?"
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd>Esc</kbd>
      </div>
      <List shown={shown} at={at} point={setActive} choose={choose} />
      {shown.length === 0 && <p className={classes.none}>Nothing is called so. Fewer letters find more.</p>}
      <p className="unseen" role="status">
        {shown.length === 1 ? "1 command" : `${count(shown.length)} commands`}
      </p>
    </>
  );
}

function useEntries(typed: string, showKeys: () => void): Entry[] {
  return [
    ...usePlaceEntries(),
    ...useServiceEntries(),
    ...useAlertEntries(),
    ...useModuleEntries(),
    ...useScheduleEntries(),
    ...useRunEntries(),
    ...useKnowledgeEntries(typed),
    ...useLookEntries(showKeys),
    ...useDaemonEntries(),
  ];
}

const PAGE = 8;

/** Which one is next after a key; null for a key that moves nothing. */
function moves(key: string, at: number, length: number): number | null {
  if (length === 0) return null;
  const moved: Record<string, number> = {
    ArrowDown: (at + 1) % length,
    ArrowUp: (at - 1 + length) % length,
    PageDown: Math.min(length - 1, at + PAGE),
    PageUp: Math.max(0, at - PAGE),
  };
  return moved[key] ?? null;
}

const optionId = (index: number) => `palette-option-${index}`;

interface ListProps {
  shown: readonly Ranked[];
  at: number;
  point: (index: number) => void;
  choose: (entry: Entry) => void;
}

function List({ shown, at, point, choose }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  const current = shown[at]?.entry.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one has come to be the chosen one
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at, current]);
  return (
    <div ref={list} id="palette-list" role="listbox" aria-label="Commands" className={classes.list}>
      {shown.map(({ entry, at: letters }, index) => (
        <Option
          key={entry.id}
          id={optionId(index)}
          entry={entry}
          letters={letters}
          selected={index === at}
          point={() => point(index)}
          choose={() => choose(entry)}
        />
      ))}
    </div>
  );
}

interface OptionProps {
  id: string;
  entry: Entry;
  letters: readonly number[];
  selected: boolean;
  point: () => void;
  choose: () => void;
}

function Option({ id, entry, letters, selected, point, choose }: OptionProps) {
  const { title, kind, note, Icon } = entry;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the field keeps the focus and has the keys
    <div
      id={id}
      role="option"
      aria-selected={selected}
      className={classes.option}
      onMouseMove={point}
      onClick={choose}
    >
      <Icon size={16} />
      <span className={classes.title}>{marked(title, letters)}</span>
      <span className={classes.note}>{note}</span>
      <span className={classes.kind}>{kind}</span>
    </div>
  );
}

/** The title with the letters that fitted set off. */
function marked(title: string, letters: readonly number[]): ReactNode {
  if (letters.length === 0) return title;
  const fitted = new Set(letters);
  const parts: { from: number; text: string; fits: boolean }[] = [];
  for (let index = 0; index < title.length; index += 1) {
    const last = parts.at(-1);
    if (last?.fits === fitted.has(index)) last.text += title.charAt(index);
    else parts.push({ from: index, text: title.charAt(index), fits: fitted.has(index) });
  }
  return parts.map(({ from, text, fits }) => (fits ? <b key={from}>{text}</b> : text));
}
