/** Takes a message away that has been read. */
import { ActionIcon } from "@mantine/core";
import { CloseIcon } from "./icons";

export function DismissButton({ dismiss }: { dismiss: () => void }) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      c="var(--muted)"
      size={24}
      aria-label="Dismiss"
      onClick={dismiss}
    >
      <CloseIcon size={14} />
    </ActionIcon>
  );
}
