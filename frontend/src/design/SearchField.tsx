/** A field for words that are looked for: what is asked follows the typing after a short pause. */
import { TextInput } from "@mantine/core";
import { type RefObject, useEffect, useState } from "react";
import { SearchIcon } from "./icons";

interface SearchFieldProps {
  label: string;
  placeholder: string;
  title?: string;
  /** The words that are asked for now. */
  value: string;
  change: (words: string) => void;
  /** A pause in typing after which they change, milliseconds. */
  pause: number;
  input: RefObject<HTMLInputElement | null>;
  /** What Enter does beside. */
  enter?: () => void;
  className?: string | undefined;
  size?: "xs" | "md";
}

export function SearchField(props: SearchFieldProps) {
  const {
    label,
    placeholder,
    title,
    value,
    change,
    pause,
    input,
    enter,
    className = "",
    size = "xs",
  } = props;
  const [typed, setTyped] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing moves the pause
  useEffect(() => {
    if (typed === null) return;
    if (typed === value) {
      setTyped(null);
      return;
    }
    const timer = setTimeout(() => change(typed), pause);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <TextInput
      ref={input}
      size={size}
      className={className}
      aria-label={label}
      title={title}
      placeholder={placeholder}
      leftSection={<SearchIcon size={15} />}
      value={typed ?? value}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
        if (event.key === "Enter") enter?.();
      }}
    />
  );
}
