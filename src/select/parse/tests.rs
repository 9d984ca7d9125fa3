use super::*;
use crate::select::SelectorError;
use std::{string::ToString, vec};

fn canonical(text: &str) -> String {
    let selector = selector(text).unwrap_or_else(|error| panic!("{error}"));
    let printed = selector.to_string();
    assert_eq!(super::selector(&printed).as_ref(), Ok(&selector), "{text} {printed}");
    assert_eq!(super::selector(&printed).unwrap().to_string(), printed);
    printed
}

fn refused(text: &str) -> (usize, String) {
    let error = selector(text).map_or_else(|error| error, |parsed| panic!("{text}: {parsed}"));
    assert_eq!(error.selector(), text);
    (error.position(), error.expected().into())
}

#[cfg(feature = "formats")]
mod suite {
    use super::*;
    use std::{collections::BTreeMap, fs, path::Path};

    /// Parses a fragment with a rule of the grammar, which must take all of it.
    fn fragment<'t, T>(text: &'t str, rule: impl FnOnce(&mut Parser<'t>) -> Parsed<T>) -> bool {
        let mut parser = Parser::new(text);
        rule(&mut parser).is_ok() && parser.peek().is_none()
    }

    fn is_valid(file: &str, text: &str) -> bool {
        let kind = file.trim_start_matches("valid").trim_start_matches("invalid");
        match kind {
            "ComparisonString" => fragment(text, Parser::text),
            "Indicators" => fragment(text, Parser::indicator),
            "PositionOrRange" => fragment(text, Parser::positions),
            "SubfieldRange" | "SubfieldTag" => fragment(text, Parser::codes),
            "SubSpec" => {
                let fields = Fields { tag: TagPattern::new(*b"..."), index: None };
                let owner = Owner { fields, part: Part::Whole { characters: None } };
                fragment(text, |parser| parser.guarded(owner, &mut 0))
            }
            _ => {
                assert!(kind == "FieldTag" || file.starts_with("wildCombination_"), "{file}");
                selector(text).is_ok()
            }
        }
    }

    #[test]
    fn every_case_of_the_suite_is_judged_as_the_suite_says() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/marcspec");
        let mut counts = BTreeMap::new();
        for kind in ["valid", "invalid"] {
            for entry in fs::read_dir(folder.join(kind)).unwrap() {
                let path = entry.unwrap().path();
                let file = path.file_stem().unwrap().to_str().unwrap();
                let json = fs::read_to_string(&path).unwrap();
                let json: serde_json::Value = serde_json::from_str(&json).unwrap();
                for case in json["tests"].as_array().unwrap() {
                    let (text, valid) = (&case["data"], &case["valid"]);
                    let (text, valid) = (text.as_str().unwrap(), valid.as_bool().unwrap());
                    assert_eq!(is_valid(file, text), valid, "{file}: {text:?}");
                    if valid && (file.starts_with("wild") || file == "validFieldTag") {
                        canonical(text);
                    }
                    *counts.entry(kind).or_insert(0) += 1;
                }
            }
        }
        assert_eq!(counts, BTreeMap::from([("invalid", 54), ("valid", 2188)]));
    }
}

#[test]
fn a_selector_is_printed_in_its_canonical_form() {
    for (text, expected) in [
        ("245$a", "245$a"),
        ("245ab", "245$a$b"),
        ("245[0]ab[1]/2$c", "245[0]$a$b[1]/2$c"),
        ("2450", "245$0"),
        ("100a|110$a|111$a", "100$a|110$a|111$a"),
        ("6XX$a", "6..$a"),
        ("X.X", "..."),
        ("008/07-10", "008/7-10"),
        ("008/0-0", "008/0"),
        ("008/#-#", "008/#"),
        ("008/#-0", "008/#"),
        ("008/0-#", "008/0-#"),
        ("008[00]/99999999999-999999999999", "008[0]/4294967295"),
        ("245$a-a", "245$a"),
        ("245$-$$", "245$-$$"),
        (r#"650a{$2="fast"}"#, r"650$a{$2=\fast}"),
        (r#"650$a{$2=""}"#, r"650$a{$2=\}"),
        (r#"650$a{""=$2}"#, r#"650$a{""=$2}"#),
        (r#"650$a{$b=" a\"b\\c\d"}"#, r#"650$a{$b=\\sa"b\\c\\d}"#),
        (r"650$a{$b=\=\a\\\sb\s}", r"650$a{$b=\\=\\a\\\sb\s}"),
        ("650$a{$b=\"a\u{a0}b\n\\\"\"}", "650$a{$b=\"a\u{a0}b\n\\\"\"}"),
        (r"650$a{$b~\Вода|$b~\水}", r"650$a{$b~\Вода|$b~\水}"),
        (r"245$a{?$b}{!$c}", "245$a{$b}{!$c}"),
        (r"245$a{245$a~\x}", r"245$a{~\x}"),
        (r"020$c{020$c?020$a}", "020$c{$a}"),
        (r"020$z{020$z!020$a}", "020$z{!$a}"),
        (r"007[1]/3{007[1]/0=\v}", r"007[1]/3{/0=\v}"),
        (r"245$a{245$a/#=\/}", r"245$a{/#=\/}"),
        (r"245$a[1]/1{245$a[1]/0=$a/0}", r"245$a[1]/1{/0=$a/0}"),
        ("245$a/1{[1]/1}", "245$a/1{$a[1]/1}"),
        ("245[0]$a{[1]$b}{[1]^2}{[1]}", "245[0]$a{245[1]$b}{245[1]^2}{$a[1]}"),
        ("245[2]{[1]}{[1]/3}", "245[2]{245[1]}{245[1]/3}"),
        (r"245^2{^1!=\_}{[1]$a}{245}", r"245^2{^1!=\_}{245[1]$a}{245}"),
        (r"008/0{008^1=\1}{008}", r"008/0{008^1=\1}{008}"),
        (r"245$a{100a=\x|\a~\b|700[#]$a-c[0]/1-2}", r"245$a{100$a=\x|\a~\b|700[#]$a-c[0]/1-2}"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
    }
}

#[test]
fn what_differs_only_in_form_is_equal() {
    for (one, other) in [
        (r"020$c{020$c?020$a}", "020$c{$a}"),
        (r"800[0]{800[0]$a~\Poe}", r"800[0]{$a~\Poe}"),
        (r"245$a{245$a/0-2=\The}", r"245$a{/0-2=\The}"),
        ("245ab|6XX", "245$a$b|6.."),
    ] {
        assert_eq!(selector(one), selector(other));
    }
    assert_ne!(selector("650$a{$2}"), selector("650$a{650[0-#]$2}"));
}

#[test]
fn an_error_has_the_position_and_what_was_expected() {
    const TAG: &str = "a digit, a letter or `.` (a tag has three characters)";
    const CODE: &str =
        "a subfield code (a lowercase letter, a digit, or punctuation except `@` and `|`)";
    const TERM: &str = r#"a tag, `$`, `[`, `/`, `^` or a text such as `\fast` or `"fast"`"#;
    for (text, position, expected) in [
        ("", 0, TAG),
        ("24", 2, TAG),
        ("24-", 2, "a digit, a letter or `.` (a tag has three characters)"),
        ("abC", 2, "a digit, a lowercase letter or `.` (a tag has three characters)"),
        ("ABc", 2, "a digit, an uppercase letter or `.` (a tag has three characters)"),
        ("245 $a", 3, "`[`, `/`, `$`, `^`, a subfield code, `{`, `|` or the end"),
        ("245$", 4, CODE),
        ("245$é", 4, CODE),
        ("245$A", 4, CODE),
        ("245$a-9", 6, "the last code of the range, from `a` to `z`"),
        ("245$5-1", 6, "the last code of the range, from `5` to `9`"),
        ("245$a.", 5, "`[`, `/`, `$`, `{`, `|` or the end"),
        ("245a.", 4, "`[`, `/`, a subfield code, `$`, `{`, `|` or the end"),
        ("245$a[0]b", 8, "`/`, `$`, `{`, `|` or the end"),
        ("245[", 4, "a number or `#`"),
        ("245[0", 5, "`-` or `]`"),
        ("245[0-", 6, "the last position of the range, a number or `#`"),
        ("245[12-3]", 7, "a number from 12 on, or `#`"),
        ("245/0^1", 5, "`-`, `{`, `|` or the end"),
        ("245^3", 4, "the number of an indicator, `1` or `2`"),
        ("245^1/0", 5, "`{`, `|` or the end"),
        ("245{", 4, TERM),
        ("245{ $a}", 4, TERM),
        ("245{$a", 6, "`[`, `/`, an operator (= != ~ !~ ? !), `|` or `}`"),
        (
            "800[0]{^2=1}",
            11,
            r"a digit, a letter or `.` (a tag has three characters; a text begins with `\` or a quote)",
        ),
        ("800{$a=\\a b}", 9, r"more of the text (where a blank is `\s`), `|` or `}`"),
        ("800{$a=\\a\u{a0}b}", 9, r"more of the text (where a blank is `\s`), `|` or `}`"),
        (
            "800{\\a b}",
            6,
            "more of the text (where a blank is `\\s`), an operator (= != ~ !~ ? !), `|` or `}`",
        ),
        ("800{$a=\"b}", 10, "a closing quote"),
        (r"800{^2=\\}", 10, r"more of the text (where a blank is `\s`), `|` or `}`"),
        ("800{$a$b}", 6, "`[`, `/`, an operator (= != ~ !~ ? !), `|` or `}`"),
        ("800{245ab}", 8, "`[`, `/`, an operator (= != ~ !~ ? !), `|` or `}`"),
        ("800/0{^1}", 6, "a tag before `^` (the condition is on characters of a field)"),
        ("800^1{/0}", 6, "a tag before `/` (an indicator has one character)"),
        ("800{$a}$b", 7, "`{`, `|` or the end"),
        ("800|", 4, TAG),
        ("800| 245", 4, TAG),
        ("800}", 3, "`[`, `/`, `$`, `^`, a subfield code, `{`, `|` or the end"),
    ] {
        assert_eq!(refused(text), (position, expected.into()), "{text}");
    }
}

#[test]
fn the_message_points_at_the_character() {
    let message = |text: &str| selector(text).unwrap_err().to_string();
    assert_eq!(
        message("245^3"),
        "not a selector: expected the number of an indicator, `1` or `2` at position 4, found '3'\n    \
             245^3\n    \
             \u{20}   ^"
    );
    assert!(message("245^").ends_with("at position 4, found the end\n    245^\n        ^"));
    let lines = |text: &str| message(text).lines().skip(1).map(String::from).collect::<Vec<_>>();
    // Blanks are as wide as the characters above them, and control characters have pictures.
    assert_eq!(
        lines("245{$a=\\水e\u{301}é x"),
        ["    245{$a=\\水e\u{301}é x", "            \u{3000}  ^"]
    );
    assert_eq!(lines("245\n"), ["    245␊", "       ^"]);
    // Only the surroundings of a long selector are shown.
    let long = ["245", &"$a".repeat(500), "$", &"é".repeat(500)].concat();
    let shown = lines(&long);
    assert_eq!(shown[0], ["    …", &"a$".repeat(30), &"é".repeat(60), "…"].concat());
    assert_eq!(shown[1], [&" ".repeat(4 + 1 + 60), "^"].concat());
}

#[test]
fn a_long_selector_takes_no_more_time_or_stack_than_its_length() {
    let many = 50_000;
    for text in [
        ["245", &"$a".repeat(many)].concat(),
        ["245", &"a".repeat(many)].concat(),
        vec!["245$a"; many].join("|"),
        ["245$a", &"{$b}".repeat(many)].concat(),
        ["245$a{", &vec![r"$b=\x"; many].join("|"), "}"].concat(),
        ["245$a{=\\", &"x".repeat(many), "}"].concat(),
        ["245/", &"9".repeat(many)].concat(),
    ] {
        let parsed = selector(&text).unwrap();
        assert_eq!(selector(&parsed.to_string()), Ok(parsed));
    }
    let nested = ["245", &"{$a".repeat(many)].concat();
    assert_eq!(selector(&nested).map_err(|error: SelectorError| error.position()), Err(6));
}

#[test]
fn the_scope_of_a_comparison_is_that_of_its_terms() {
    for (text, expected) in [
        ("650$a{651}", Scope::Record),
        ("650$a{$b}", Scope::Field),
        ("650$a{!$b}", Scope::Field),
        ("650$a{^1=\\1}", Scope::Field),
        ("650$a{650[0]$a=\\x}", Scope::Record),
        ("650$a{100$a=$b}", Scope::Field),
        ("650$a{100$a=$a}", Scope::Value),
        ("650$a{=\\x}", Scope::Value),
        ("650$a{/0=\\x}", Scope::Value),
        ("650$a{$a[0-#]=\\x}", Scope::Field),
        ("650$a-c{$a=\\x}", Scope::Field),
        ("650{~\\x}", Scope::Value),
        ("650{650~\\x|$a}", Scope::Value),
    ] {
        let parsed = selector(text).unwrap();
        let Condition(comparisons) = &parsed.specs[0].parts[0].conditions[0];
        assert_eq!(comparisons[0].scope(), expected, "{text}");
    }
}
