/** A dialog with a name. Mantine's own header would count as a second banner of the page. */
import { ActionIcon, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Dialog.module.css";
import { CloseIcon } from "./icons";

interface DialogProps {
  opened: boolean;
  title: string;
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ opened, title, onClose, children }: DialogProps) {
  return (
    <Modal.Root opened={opened} onClose={onClose} centered>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content>
        <Modal.Body className={classes.body as string}>
          <div className={classes.head}>
            <Modal.Title className={classes.title as string}>{title}</Modal.Title>
            <ActionIcon variant="subtle" color="gray" c="var(--muted)" aria-label="Close" onClick={onClose}>
              <CloseIcon size={16} />
            </ActionIcon>
          </div>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
