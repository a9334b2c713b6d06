// What the book may keep of the code on the national identity card; everything else is dropped here, in the browser:
// the old nine-digit number, the address, the day of issue, and what follows on cards since 1-7-2024 (cancelled
// numbers, parents' names, in an order nobody published). Text in, fields out: no camera and no page in here.
//
// The code: number|old number or empty|full name|DDMMYYYY|Nam or Nữ|address|DDMMYYYY|… — so sex is looked for, and
// birth and name are taken from before it.

const SEXES = { nam: "male", "nữ": "female" };

/**
 * { number, name, birth_day, birth_month, birth_year, sex } as strings, or null where it is not such a code. Day and
 * month are empty on cards that tell the year only.
 */
export function readCard(text) {
  const fields = text.normalize("NFC").split("|").map((field) => field.trim());
  const at = fields.findIndex((field, place) => place >= 2 && sexOf(field) && birthOf(fields[place - 1]));
  if (at < 2 || !/^\d{12}$/.test(fields[0]) || !fields[at - 2]) return null;
  return { number: fields[0], name: fields[at - 2], ...birthOf(fields[at - 1]), sex: sexOf(fields[at]) };
}

function sexOf(field) {
  return SEXES[field.toLowerCase()];
}

function birthOf(field) {
  const [, day, month, year] = /^(?:(\d{2})(\d{2}))?(\d{4})$/.exec(field) ?? [];
  if (!year) return null;
  const isWhole = Number(day) && Number(month);
  return { birth_day: isWhole ? day : "", birth_month: isWhole ? month : "", birth_year: year };
}
