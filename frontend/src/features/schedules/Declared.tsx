/** Where a schedule stands that was not made here. */
import { Link } from "@tanstack/react-router";
import type { Module, Schedule } from "@/api/types";
import classes from "./Declared.module.css";

export function Declared({ schedule, module }: { schedule: Schedule; module: Module | undefined }) {
  const key = schedule.declared === "schedule" ? "schedule" : "triggers";
  return (
    <p className={classes.words}>
      It stands in the definition of{" "}
      <Link to="/modules/$id" params={{ id: schedule.module_id }}>
        {module?.name ?? schedule.module_id}
      </Link>
      , under <code>{key}:</code>
      {module && (
        <>
          {" "}
          in <code>{module.file}</code>
        </>
      )}
      . It can be paused here.
    </p>
  );
}
