/** A link that has the weight of a button. */
import { Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef } from "react";

type LinkButtonProps = ButtonProps & Omit<ComponentPropsWithRef<"a">, keyof ButtonProps>;

export const LinkButton = createLink((props: LinkButtonProps) => <Button component="a" {...props} />);
