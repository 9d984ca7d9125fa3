//! Values of a type, read from text.

use super::{buffers::Buffers, options::Type};

/// The first year of `yymmdd`. The MARC format is younger, and 008/00-05 has dates in this form.
const FIRST_SHORT_YEAR: i64 = 1960;

impl Type {
    /// Appends the value of this type that a text has, or null.
    #[inline]
    pub(super) fn push(self, text: &str, buffers: &mut Buffers) {
        match self {
            Self::String => buffers.push_bytes(text.as_bytes()),
            Self::Int => push_or_null(int(text), Buffers::push_int, buffers),
            Self::Year => push_or_null(year(text), Buffers::push_int, buffers),
            Self::Date => push_or_null(date(text), Buffers::push_date, buffers),
            Self::Bool => push_or_null(truth(text), Buffers::push_bool, buffers),
        }
    }

    /// Returns true if the text has a value of this type.
    pub(super) fn has_value(self, text: &str) -> bool {
        match self {
            Self::String => true,
            Self::Int => int(text).is_some(),
            Self::Year => year(text).is_some(),
            Self::Date => date(text).is_some(),
            Self::Bool => truth(text).is_some(),
        }
    }
}

fn push_or_null<T>(value: Option<T>, push: impl Fn(&mut Buffers, T), buffers: &mut Buffers) {
    match value {
        Some(value) => push(buffers, value),
        None => buffers.push_null(),
    }
}

fn int(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// Returns a number that is digits alone.
fn number(digits: &[u8]) -> Option<i64> {
    let digit =
        |number, byte: &u8| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'));
    digits.iter().try_fold(0, digit)
}

fn year(text: &str) -> Option<i64> {
    number(text.as_bytes().get(..4)?)
}

/// Returns the days from 1970-01-01.
fn date(text: &str) -> Option<i32> {
    let (year, month, day) = match *text.as_bytes() {
        [a, b, c, d, e, f, g, h] => (number(&[a, b, c, d])?, [e, f], [g, h]),
        [a, b, c, d, b'-', e, f, b'-', g, h] => (number(&[a, b, c, d])?, [e, f], [g, h]),
        [c, d, e, f, g, h] => {
            let short = number(&[c, d])?;
            let century = if short < FIRST_SHORT_YEAR % 100 { 2000 } else { 1900 };
            (century + short, [e, f], [g, h])
        }
        _ => return None,
    };
    let (month, day) = (number(&month)?, number(&day)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    (1..=length).contains(&day).then(|| days(year, month, day))
}

/// Returns the days from 1970-01-01 to a day of the Gregorian calendar from the year 0 on. A year
/// begins with March here, so that the leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i32 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = 365 * year + leap_days + (153 * month + 2) / 5 + day;
    // 719,469 is that number for 1970-01-01.
    (days - 719_469) as i32
}

fn truth(text: &str) -> Option<bool> {
    let is_one_of =
        |words: &[&str]| words.iter().any(|word| text.trim().eq_ignore_ascii_case(word));
    match () {
        () if is_one_of(&["1", "true", "t", "yes", "y"]) => Some(true),
        () if is_one_of(&["0", "false", "f", "no", "n"]) => Some(false),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        let cases = [
            ("19700101", 0),
            ("1970-01-02", 1),
            ("691231", -1),
            ("000229", 11_016),
            ("591231", 32_871),
            ("600101", -3_653),
            ("00000101", -719_528),
            ("99991231", 2_932_896),
        ];
        for (text, expected) in cases {
            assert_eq!(date(text), Some(expected), "{text}");
        }
        let invalid = [
            "",
            "1999",
            "19990230",
            "19000229",
            "19991301",
            "19990100",
            "19990132",
            "uuuuuu",
            "1999-1-01",
            "1999/01/01",
            " 990101",
            "99010",
            "9901011",
            "+9901011",
            "99-1-1",
        ];
        for text in invalid {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_is_one_after_the_day_before() {
        let mut before = None;
        for year in 1890..2110 {
            for (month, length) in (1..).zip([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                for day in 1..=length {
                    let Some(days) = date(&format!("{year:04}{month:02}{day:02}")) else {
                        assert_eq!((month, day), (2, 29));
                        continue;
                    };
                    assert!(before.is_none_or(|before| before + 1 == days), "{year}-{month}-{day}");
                    before = Some(days);
                }
            }
        }
    }

    #[test]
    fn numbers_years_and_truths_are_null_for_other_text() {
        for (text, expected) in [("12", true), (" -7 ", true), ("1,000", false), ("", false)] {
            assert_eq!(Type::Int.has_value(text), expected, "{text}");
        }
        for text in ["19uu", "||||", "    ", "199", "", "c1999", "１９９９"] {
            assert_eq!(year(text), None, "{text}");
        }
        assert_eq!((year("1999]"), year("0000")), (Some(1999), Some(0)));
        assert_eq!(
            (truth(" Yes"), truth("0"), truth("|"), truth("")),
            (Some(true), Some(false), None, None)
        );
    }
}
