/** A share of a whole as a bar; its words stand beside it. */
import classes from "./Meter.module.css";

export function Meter({ share, label }: { share: number; label: string }) {
  const value = Math.max(0, Math.min(100, share));
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers draw <meter> each in their own way and colours
    <div
      className={classes.meter}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(value)}
      data-level={value >= 95 ? "high" : value >= 85 ? "raised" : "normal"}
    >
      <div className={classes.fill} style={{ width: `${value}%` }} />
    </div>
  );
}
