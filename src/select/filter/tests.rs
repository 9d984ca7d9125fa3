use super::*;
use std::{string::ToString, vec};

fn parsed(text: &str) -> Result<Filter, FilterError> {
    Filter::parse_with(text, |name| match name {
        "broken" => Err("broken: it cannot be read".into()),
        _ => ValueSet::of_lines(b"a\nb\n".to_vec()),
    })
}

#[test]
fn the_canonical_form_parses_to_an_equal_filter() {
    for (text, canonical) in [
        ("650", "exists(650)"),
        (" 650a ", "exists(650$a)"),
        ("245", "exists(245)"),
        ("exists ( 245ab )", "exists(245$a$b)"),
        ("exists(not)", "exists(not)"),
        ("orX$a = 1 and inX", "or.$a = 1 and exists(in.)"),
        ("or1 or or2", "exists(or1) or exists(or2)"),
        ("count(6XX)>=3", "count(6..) >= 3"),
        ("count( all ) != 003", "count(all) != 3"),
        ("245$a=\"x\"", "245$a = \"x\""),
        ("245$a = 'it''s'", ""),
        (r#"245$a = 'say "x"'"#, r#"245$a = "say \"x\"""#),
        (r#"245$a = "a\\b\c\"'""#, r#"245$a = "a\\b\\c\"'""#),
        (r#"245$a = 'it\'s'"#, r#"245$a = "it's""#),
        ("245$a = ''", "245$a = \"\""),
        ("008/7-10<1900", "008/7-10 < 1900"),
        ("008/07-10 <= -0.50", "008/7-10 <= -0.50"),
        ("008/7-10 >1900", "008/7-10 > 1900"),
        ("008/7-10>= 1900", "008/7-10 >= 1900"),
        ("245!=1", "245 != 1"),
        ("245^=1", "245 ^= \"1\""),
        ("245^1=1", "245^1 = 1"),
        ("245$a^=\"The \"", "245$a ^= \"The \""),
        ("245$a~01", "245$a ~ \"01\""),
        ("245$a !~ 'x'", "245$a !~ \"x\""),
        ("245$a~/a\\/b[0-9]+/", "245$a ~ /a\\/b[0-9]+/"),
        ("245$a ~ /x/i", "245$a ~ /x/i"),
        ("245$a !~ /\\\\/", "245$a !~ /\\\\/"),
        ("001 in(\"a\",'b' , 3)", "001 in (\"a\", \"b\", 3)"),
        ("001 not  in (1)", "001 not in (1)"),
        ("001 in @ids.txt", "001 in @ids.txt"),
        ("001 in @\"ids.txt\"", "001 in @ids.txt"),
        ("001 in @\"my ids.txt\"", "001 in @\"my ids.txt\""),
        ("(001 not in @a/b)", "001 not in @a/b"),
        ("all(650$2)=\"fast\"", "all(650$2) = \"fast\""),
        ("all(650$2) !~ /x/", "all(650$2) !~ /x/"),
        (r#"650$a{$2=\fast}|651$a ~ "x""#, r#"650$a{$2=\fast}|651$a ~ "x""#),
        ("245 and 650 or 651", "exists(245) and exists(650) or exists(651)"),
        ("245 and (650 or 651)", "exists(245) and (exists(650) or exists(651))"),
        ("(245 and 650) and 651", "exists(245) and exists(650) and exists(651)"),
        ("245 or (650 or 651)", "exists(245) or exists(650) or exists(651)"),
        ("not 245 and 650", "not exists(245) and exists(650)"),
        ("not (245 and 650)", "not (exists(245) and exists(650))"),
        ("not(not 245)", "not not exists(245)"),
        ("\n245\n and\t650\n", "exists(245) and exists(650)"),
    ] {
        if canonical.is_empty() {
            assert!(parsed(text).is_err(), "{text}");
            continue;
        }
        let filter = parsed(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(filter.to_string(), canonical, "{text}");
        assert_eq!(parsed(canonical).as_ref(), Ok(&filter), "{text}");
    }
}

#[test]
fn filters_with_another_meaning_are_not_equal() {
    let forms = [
        "245",
        "650",
        "not 245",
        "245 = 1",
        "245 = '1'",
        "245 != 1",
        "245 ~ '1'",
        "245 ~ '2'",
        "245 ~ /1/",
        "245 ~ /1/i",
        "245 ~ /2/",
        "all(245) = 1",
        "count(245) = 1",
        "count(245) > 1",
        "245 in (1)",
        "245 in @a",
        "245 in @b",
        "245 and 650",
        "245 or 650",
    ];
    for (at, one) in forms.iter().enumerate() {
        for (other_at, other) in forms.iter().enumerate() {
            let is_equal = parsed(one).unwrap() == parsed(other).unwrap();
            assert_eq!(is_equal, at == other_at, "{one} {other}");
        }
    }
}

#[test]
fn an_error_has_the_position_and_what_was_expected() {
    const OPERAND: &str = "a selector such as `245$a`, `not`, `all(`, `count(`, `exists(` or `(`";
    const AFTER: &str = "an operator (= != < <= > >= ^= ~ !~ in), `and`, `or` or the end";
    const TEXT: &str = "a text in quotes, or a number";
    for (text, position, expected) in [
        ("", 0, OPERAND),
        ("  ", 2, OPERAND),
        ("and", 0, OPERAND),
        ("245 and", 7, OPERAND),
        ("245 or or 650", 7, OPERAND),
        ("not", 3, OPERAND),
        ("not5 = 1", 0, OPERAND),
        ("245 and andX", 8, OPERAND),
        ("or = 1", 0, OPERAND),
        ("(", 1, OPERAND),
        ("'x' = 245", 0, OPERAND),
        ("24", 2, "a digit, a letter or `.` (a tag has three characters)"),
        (
            "245$",
            4,
            "a subfield code (a lowercase letter, a digit, or punctuation except `@` and `|`)",
        ),
        ("245$a == 1", 7, TEXT),
        ("245$a = fast", 8, TEXT),
        ("245$a = 19uu", 10, "the end of the number (a text is in quotes)"),
        ("245$a = 1.", 8, TEXT),
        ("245$a = 1-2", 8, TEXT),
        ("245$a = \"x", 10, "a closing quote"),
        ("245$a = \"x\" 650", 12, "`and`, `or` or the end"),
        ("245$a = \"x\")", 11, "`and`, `or` or the end"),
        ("(245$a", 6, "an operator (= != < <= > >= ^= ~ !~ in), `and`, `or` or `)`"),
        ("(245$a = 1", 10, "`and`, `or` or `)`"),
        ("exists 245", 7, "`(`"),
        ("exists(245", 10, "`)`"),
        ("exists(245) = 1", 12, "`and`, `or` or the end"),
        ("count(245)", 10, "an operator (= != < <= > >=)"),
        ("count(245) ~ 1", 11, "an operator (= != < <= > >=)"),
        ("count(245) = x", 13, "a number"),
        ("count(245) = 1.5", 14, "the end of the number"),
        ("count(245) = 99999999999999999999", 13, "a number up to 18446744073709551615"),
        ("all(245)", 8, "an operator (= != < <= > >= ^= ~ !~ in)"),
        ("245 ~ x", 6, "a text in quotes, a number, or a regular expression such as `/whal/`"),
        ("245 ~ /x", 8, "a closing slash"),
        ("245 ~ /x\\/", 10, "a closing slash"),
        ("245 ~ /x/g", 9, "the flag `i`, or the end of the regular expression"),
        ("245 in 1", 7, "`(` or `@` and the name of a file"),
        ("245 in ()", 8, TEXT),
        ("245 in (1 2)", 10, "`,` or `)`"),
        ("245 in @", 8, "the name of a file"),
        ("245 not 1", 4, AFTER),
    ] {
        let error = parsed(text).unwrap_err();
        assert_eq!((error.position(), error.expected()), (position, Some(expected)), "{text}");
        assert_eq!(error.filter(), text);
    }
}

#[test]
fn what_cannot_be_used_is_pointed_at() {
    let deep = ["(".repeat(101), "245".into(), ")".repeat(101)].concat();
    for (text, position, reason) in [
        ("245 ~ /a(b/", 8, "the regular expression is wrong: unclosed group"),
        ("245 ~ /é*{/", 9, "the regular expression is wrong: unclosed counted repetition"),
        (r"245 ~ /\p{X}/", 7, "the regular expression is wrong: Unicode property not found"),
        (r"245 ~ /(\w{1000}){1000}/", 7, "the regular expression is too large: "),
        ("245 in (1) or 001 in @broken", 21, "broken: it cannot be read"),
        (&*deep, 100, "it is nested more than 100 deep"),
    ] {
        let error = parsed(text).unwrap_err();
        let message = error.to_string();
        assert_eq!((error.position(), error.expected()), (position, None), "{text}: {message}");
        assert!(
            message.starts_with("not a usable filter: ") && message.contains(reason),
            "{message}"
        );
    }
    assert!(parsed(&deep[1..deep.len() - 1]).is_ok());
    let error = "001 in @a".parse::<Filter>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a usable filter: files cannot be read here, at position 7\n    \
         001 in @a\n    \
         \u{20}      ^"
    );
}

#[test]
fn the_tags_are_those_of_all_selectors() {
    let filter = parsed("not (650$a{651$a} or count(LDR/6) = 1) and all(245) = 1 and 650").unwrap();
    let tags = filter.tags().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(tags, vec!["245", "650", "651", "LDR"]);
}
