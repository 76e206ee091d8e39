"use client";

import { Pause, Play } from "lucide-react";
import { useContext, useState } from "react";
import { CommandsContext } from "#/app/_ui/commands.tsx";

type Props = { runId: string; paused: boolean };

/** Pauses the run, or lets it go on: one button, so that whoever pressed it stands on it still. */
export function PauseButton({ runId, paused }: Props) {
  const commands = useContext(CommandsContext);
  const [asked, setAsked] = useState(false);
  if (commands === null) return null;
  const label = paused ? "Resume" : "Pause";
  const Icon = paused ? Play : Pause;
  const toggle = async () => {
    setAsked(true);
    await (paused ? commands.resume(runId) : commands.pause(runId));
    setAsked(false);
  };
  return (
    <button
      type="button"
      aria-label={label}
      title={paused ? "Resume: the run goes on" : "Pause: what is under way ends, nothing new starts"}
      aria-disabled={asked}
      onClick={asked ? undefined : toggle}
      className={`tap inline-flex size-9 shrink-0 items-center justify-center rounded-xl border transition-colors aria-disabled:opacity-50 ${paused ? "border-accent bg-accent text-accent-foreground hover:opacity-90" : "text-foreground hover:bg-subtle"}`}
    >
      <Icon aria-hidden size={15} fill="currentColor" strokeWidth={1.5} />
    </button>
  );
}
