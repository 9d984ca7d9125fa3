//! Decimal numbers of any length, compared exactly.

use std::cmp::Ordering;

/// A decimal number, in the digits of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number<'t> {
    /// False for zero.
    is_negative: bool,
    /// Digits before the point, without leading zeros.
    whole: &'t str,
    /// Digits after the point, without trailing zeros.
    fraction: &'t str,
}

impl<'t> Number<'t> {
    /// Returns the number that a text is: ASCII digits, perhaps with a minus sign before them, and a
    /// point and digits after them.
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !fraction.is_none_or(is_number) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.unwrap_or_default().trim_end_matches('0');
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self { is_negative: is_negative && !is_zero, whole, fraction })
    }

    fn cmp_size(&self, other: &Self) -> Ordering {
        let lengths = self.whole.len().cmp(&other.whole.len());
        lengths.then_with(|| (self.whole, self.fraction).cmp(&(other.whole, other.fraction)))
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.cmp_size(other),
            (true, true) => other.cmp_size(self),
            (is_negative, _) => {
                if is_negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_by_value() {
        let ordered = [
            "-100000000000000000000000000",
            "-2",
            "-1.5",
            "-0.25",
            "0",
            "0.01",
            "0.5",
            "1",
            "1.05",
            "1.5",
            "2",
            "10",
            "99999999999999999999999999",
            "100000000000000000000000000",
        ];
        for (at, one) in ordered.iter().enumerate() {
            for (other_at, other) in ordered.iter().enumerate() {
                let order = Number::parse(one).unwrap().cmp(&Number::parse(other).unwrap());
                assert_eq!(order, at.cmp(&other_at), "{one} {other}");
            }
        }
    }

    #[test]
    fn one_number_has_many_forms() {
        for (one, other) in [("0", "-0"), ("0", "00.00"), ("42", "0042"), ("-1.50", "-01.5")] {
            assert_eq!(Number::parse(one).unwrap(), Number::parse(other).unwrap());
        }
    }

    #[test]
    fn other_text_is_not_a_number() {
        for text in [
            "", " ", "19uu", "197 ", " 12", "1985.", ".5", "+1", "1 2", "--1", "1e3", "१", "1,5",
            "\t1", "-",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
