//! What damage costs in MARCXML, where a prefix, a declaration or an encoding is what is damaged, or
//! what stands between the records.
#![cfg(feature = "formats")]

mod common;

use common::formats::{Given, read};
use proptest::{collection::vec, prelude::*};
use tidemarc::format::Format;

fn xml(number: &str, prefix: &str) -> String {
    format!(
        "<{prefix}record><{prefix}leader>00000nam a2200000   4500</{prefix}leader>\
         <{prefix}controlfield tag=\"001\">{number}</{prefix}controlfield></{prefix}record>"
    )
}

fn xmls(prefix: &str) -> String {
    ["1", "2", "3", "4", "5"].map(|number| xml(number, prefix)).concat()
}

fn document() -> String {
    format!("<collection>{}{}</collection>", xml("1", ""), xml("2", ""))
}

/// The control numbers of the records, and the bytes of the faults behind an exclamation mark.
fn told(bytes: &[u8]) -> Vec<String> {
    let given = read(bytes, Format::Marcxml);
    let tell = |given: &Given| match given {
        Given::Record { record, .. } => {
            String::from_utf8(record.control_number().unwrap_or(b"-").to_vec()).unwrap()
        }
        Given::Fault { raw, .. } => format!("!{}", raw.escape_ascii()),
    };
    given.iter().map(tell).collect()
}

/// The numbers of the records alone.
fn numbers(bytes: &[u8]) -> Vec<String> {
    told(bytes).into_iter().filter(|one| !one.starts_with('!')).collect()
}

#[test]
fn a_declaration_that_is_not_closed_costs_itself_whatever_comes_to_close_it() {
    let document = document();
    for head in [
        "<!DOCTYPE collection [ ",
        "<!DOCTYPE collection ",
        "<!DOCTYPE collection SYSTEM \"a.dtd\n",
        "<!DOCTYPE collection SYSTEM \"a.dtd>\n",
        "<!DOCTYPE collection [<!ENTITY a 'x>]>\n",
        "<!DOCTYPE collection [<!-- a ]>\n",
        "<!DOCTYPE collection [<!ENTITY a 'x'> </",
    ] {
        for tail in [
            "",
            "<!DOCTYPE collection []>",
            "<!-- \"> '> --> ]> -->",
            "<!DOCTYPE collection [<!ENTITY a 'x'>]>",
        ] {
            let text = format!("{head}{document}{tail}");
            let told = told(text.as_bytes());
            let head = head.strip_suffix("</").unwrap_or(head);
            assert_eq!(told[0], format!("!{}", head.escape_default()).replace("\\\'", "\\'"));
            assert_eq!(numbers(text.as_bytes()), ["1", "2"], "{text}: {told:?}");
            let text = format!("{text}{document}");
            assert_eq!(numbers(text.as_bytes()), ["1", "2", "1", "2"], "{text}");
        }
    }
}

#[test]
fn a_declaration_that_is_closed_costs_nothing() {
    for subset in [
        "SYSTEM 'a.dtd'",
        "PUBLIC \"-//x//it's\" \"http://a/b>c\"",
        "[ <?foo it's?> ]",
        "[ <?foo ]> <record> ?><!-- it's ]> \" --> ]",
        "[ <!ENTITY a \"<b>]></b>\"> <!ELEMENT b ANY> %c; ]",
    ] {
        let is_sound = !subset.contains("record");
        let text = format!("<!DOCTYPE collection {subset}>{}", document());
        let told = told(text.as_bytes());
        assert_eq!(told.len() == 2, is_sound, "{text}: {told:?}");
    }
}

/// What prefixes and declarations are made of.
const PIECES: [&str; 32] = [
    "<collection>",
    "</collection>",
    "<record>",
    "</record>",
    "<m:record>",
    "</m:record>",
    "<mm:record>",
    "<aaaaaaaaaaaaaaaaa:record>",
    "<leader>x</leader>",
    "<m:leader>x</m:leader>",
    "<a:leader>",
    "<foo>bar</foo>",
    "<subfield code=\"a\">x</subfield>",
    "</datafield>",
    "<metadata>",
    "</metadata>",
    "<header/>",
    "<!DOCTYPE a [",
    "<!DOCTYPE a SYSTEM \"x\">",
    "<!ENTITY a \"x\">",
    "<?foo it's?>",
    "<!-- a",
    "-->",
    "]>",
    "<?",
    "?>",
    "\"",
    "'",
    "<",
    ">",
    "text",
    "\0",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn a_soup_of_prefixes_and_declarations_reads_the_same_however_it_comes(
        pieces in vec(prop::sample::select(&PIECES[..]), 0..30),
    ) {
        // By the byte, and at once.
        read(pieces.concat().as_bytes(), Format::Marcxml);
    }
}
