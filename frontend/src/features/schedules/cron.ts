/** The common cron expressions in words; the others stand for themselves. */

const NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const SHORT = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** "06:00 on weekdays" for `0 6 * * 1-5`. */
export function cronWords(expression: string): string {
  const [minute, hour, day, month, weekday, ...more] = expression.split(" ");
  if (more.length > 0 || minute === undefined || hour === undefined || month !== "*") return expression;
  const times = timeWords(minute, hour);
  const days = dayWords(day ?? "", weekday ?? "");
  if (times === null || days === null) return expression;
  if (days === "") return times.clock ? `every day at ${times.words}` : times.words;
  return `${times.words} ${days}`;
}

function timeWords(minute: string, hour: string): { words: string; clock: boolean } | null {
  const minutes = stepOf(minute, 60);
  if (minutes !== null && hour === "*")
    return { words: minutes === 1 ? "every minute" : `every ${minutes} minutes`, clock: false };
  if (!/^\d+$/.test(minute)) return null;
  const past = minute.padStart(2, "0");
  const hours = stepOf(hour, 24);
  if (hours !== null) {
    const often = hours === 1 ? "every hour" : `every ${hours} hours`;
    return { words: past === "00" ? often : `${often} at :${past}`, clock: false };
  }
  if (!/^\d+(,\d+)*$/.test(hour)) return null;
  const all = hour.split(",").map((one) => `${one.padStart(2, "0")}:${past}`);
  return { words: listed(all), clock: true };
}

/** The distance that a field stands for, where it is the same throughout. */
function stepOf(field: string, whole: number): number | null {
  const step = Number(/^\*(?:\/(\d+))?$/.exec(field)?.[1] ?? (field === "*" ? 1 : 0));
  return step > 0 && whole % step === 0 ? step : null;
}

/** Nothing for every day; null where it takes more words than the expression. */
function dayWords(day: string, weekday: string): string | null {
  if (day === "*" && weekday === "*") return "";
  if (day === "*") return weekdayWords(weekday);
  if (weekday !== "*") return null;
  if (day === "L") return "on the last of the month";
  return /^\d+$/.test(day) ? `on day ${day} of the month` : null;
}

function weekdayWords(weekday: string): string | null {
  const numbers = weekday.toUpperCase().replace(/[A-Z]+/g, (name) => String(SHORT.indexOf(name)));
  if (numbers === "1-5") return "on weekdays";
  if (numbers === "0,6" || numbers === "6,0" || numbers === "6-7") return "at weekends";
  if (!/^[0-7](,[0-7])*$/.test(numbers)) return null;
  return `on ${listed(numbers.split(",").map((one) => `${NAMES[Number(one) % 7]}s`))}`;
}

function listed(words: string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
