"use client";

import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes } from "react";

type Props = ButtonHTMLAttributes<HTMLButtonElement> & { icon: LucideIcon; label: string };

/** A button that shows an icon alone; its label is its name and its tooltip. */
export function IconButton({ icon: Icon, label, className = "", ...rest }: Props) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`tap inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-muted transition-colors hover:bg-subtle hover:text-foreground ${className}`}
      {...rest}
    >
      <Icon aria-hidden size={17} strokeWidth={1.75} />
    </button>
  );
}
