import { expect, it } from "vitest";
import { cronWords } from "./cron";
import { dayAndTime, secondsIn, spanText, until } from "./words";

it.each([
  ["0 6 * * 1-5", "06:00 on weekdays"],
  ["30 2 * * *", "every day at 02:30"],
  ["0 6,18 * * *", "every day at 06:00 and 18:00"],
  ["* * * * *", "every minute"],
  ["*/15 * * * *", "every 15 minutes"],
  ["5 */2 * * *", "every 2 hours at :05"],
  ["0 9 * * MON,fri", "09:00 on Mondays and Fridays"],
  ["0 3 * * 7", "03:00 on Sundays"],
  ["0 8 L * *", "08:00 on the last of the month"],
])("says %s as %s", (expression, words) => {
  expect(cronWords(expression)).toBe(words);
});

// The first begins anew with each hour, and the second comes on either day.
it.each(["*/7 * * * *", "0 6 13 * 5", "0 6 * 2 *", "0 6 * * 1#2", "0-5 6 * * *", "nonsense"])(
  "leaves %s as it is",
  (expression) => {
    expect(cronWords(expression)).toBe(expression);
  },
);

it("reads lengths of time as it writes them", () => {
  for (const seconds of [1, 1.5, 90, 3600, 5400, 86_400, 90_061])
    expect(secondsIn(spanText(seconds))).toBe(seconds);
  expect(secondsIn(" 1H 30m ")).toBe(5400);
  expect(secondsIn("45")).toBe(45);
  for (const wrong of ["", "soon", "5 minutes", "-1m", "1h x"]) expect(secondsIn(wrong)).toBeNaN();
});

it("says when something comes, in one unit and as a day", () => {
  const now = new Date(2026, 10, 21, 12).getTime();
  const then = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
  expect(until(now + 42_000, now)).toBe("in 42 s");
  expect(until(then(23, 11), now)).toBe("in 1 d");
  expect(until(now - 1000, now)).toBe("now");
  expect(dayAndTime(then(21, 18), now)).toBe("today 18:00");
  expect(dayAndTime(then(22, 6), now)).toBe("tomorrow 06:00");
  expect(dayAndTime(then(23, 6) + 5000, now)).toBe("Mon 23 Nov 06:00:05");
  expect(dayAndTime(new Date(2027, 0, 1).getTime(), now)).toBe("Fri 1 Jan 2027 00:00");
});
