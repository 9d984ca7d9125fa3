//! Tests of the parser of edits.

use super::*;
use std::string::ToString;

/// The constructors with one argument.
type Parse = fn(&str) -> Result<Edit, EditError>;

#[test]
fn an_edit_is_shown_as_it_was_written() {
    for (name, parse, texts) in [
        (
            "delete",
            Edit::delete as Parse,
            &["9XX", "001", r"650{^2=\7}", "020$c", "245$b$c", "9XX|020$c", "650[1-#]"][..],
        ),
        ("add", Edit::add, &["040 $dXXX", "001 x", "003 DLC", "FMT $aBK"]),
        ("add-subfield", Edit::add_subfields, &["040 $dXXX", r"650{^2=\7} $2fast$0x"]),
        (
            "set",
            Edit::set,
            &[
                "245^1=1",
                "245^1=#",
                r"245^1=\",
                r"650^2{$2=\fast}=7",
                "LDR/5=c",
                "LDR/17-19= i ",
                "003=DLC",
                "008/35-37=eng",
                "040$b=",
                "245$a/0-2=Das",
                "500$a[0]=a=b",
            ],
        ),
    ] {
        for text in texts {
            assert_eq!(parse(text).unwrap().to_string(), [name, " ", text].concat());
        }
    }
    let edit = Edit::replace("856$u", "/^http://(.*?)$/i", "https://${1}$$").unwrap();
    assert_eq!(edit.to_string(), "replace 856$u /^http://(.*?)$/i https://${1}$$");
}

#[test]
fn a_mistake_has_its_place() {
    for (parse, text, position, reason) in [
        (Edit::delete as Parse, "LDR", 0, "leader"),
        (Edit::delete, "245^1", 0, "245^1=#"),
        (Edit::delete, "008/0", 3, "positions can be set"),
        (Edit::delete, "245$", 4, "subfield code"),
        (Edit::delete, "9X", 2, "three characters"),
        (Edit::add_subfields, "040$dXXX", 3, "a blank"),
        (Edit::add_subfields, "040", 3, "a blank"),
        (Edit::add_subfields, "040 dXXX", 4, "`$`"),
        (Edit::add_subfields, "040$a $dXXX", 3, "a blank"),
        (Edit::add_subfields, "008 $dXXX", 0, "data fields"),
        (Edit::set, "245^1", 5, "`=`"),
        (Edit::set, "245^1=10", 6, "one digit or lowercase letter"),
        (Edit::set, "245^1=", 6, "one digit or lowercase letter"),
        (Edit::set, "245=x", 0, "an indicator, a subfield"),
        (Edit::set, "245$a$b=x", 0, "one value"),
        (Edit::set, "245^1|246^1=1", 0, "one value"),
        (Edit::set, "008/35-37=en", 10, "the positions are 3"),
        (Edit::set, "008/35-#=eng", 3, "without `#`"),
        (Edit::set, "LDR/0-4=00000", 3, "5 to 9"),
        (Edit::set, "LDR/9-10=a2", 3, "5 to 9"),
        (Edit::set, "LDR=x", 3, "5 to 9"),
        (Edit::set, "LDR/5=é", 6, "ASCII"),
        (Edit::set, "500$a=x\u{1e}", 7, "control character"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.position(), position, "{text}: {error}");
        assert!(error.reason().contains(reason), "{text}: {error}");
        assert_eq!(error.text(), text);
    }
}

#[test]
fn a_replacement_is_checked_before_any_record() {
    for (target, pattern, with, position, reason) in [
        ("LDR", "/a/", "b", 0, "a field or subfields"),
        ("245^1", "/1/", "0", 0, "a field or subfields"),
        ("008/35-37", "/a/", "b", 3, "positions can be set"),
        ("856$u", "http:", "https:", 0, "between slashes"),
        ("856$u", "/http:", "https:", 6, "closing slash"),
        ("856$u", "/", "x", 1, "closing slash"),
        ("856$u", "/a/g", "x", 3, "the flag `i`"),
        ("856$u", "/a(/", "x", 2, "unclosed group"),
        ("856$u", "/a/", "$1", 0, "no group `1`"),
        ("856$u", "/(a)/", "x$1st", 1, "write `${1}st`"),
        ("856$u", "/(a)/", "${1", 0, "the number of a group"),
        ("856$u", "/(a)/", "5$", 1, "`$$`"),
        ("856$u", "/(a)/", "5\n", 1, "control character"),
    ] {
        let error = Edit::replace(target, pattern, with).unwrap_err();
        assert_eq!(error.position(), position, "{target} {pattern} {with}: {error}");
        assert!(error.reason().contains(reason), "{target} {pattern} {with}: {error}");
    }
    for with in ["$$1", "${1}x", "$1 $name", "${name}", "$0"] {
        assert!(Edit::replace("856", "/(a)(?<name>b)/", with).is_ok(), "{with}");
    }
}
