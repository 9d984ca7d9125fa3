//! The cost of damage in MARCXML: to a prefix, a declaration or an encoding, and between the
//! records.

use crate::common::formats::{Given, read};
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

/// Returns the control numbers of the records, and the bytes of the faults after an exclamation
/// mark.
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

/// Returns the numbers of the records alone.
fn numbers(bytes: &[u8]) -> Vec<String> {
    told(bytes).into_iter().filter(|one| !one.starts_with('!')).collect()
}

#[test]
fn a_wrong_prefix_costs_its_record_alone() {
    let text = format!("<m:collection>{}</m:collection>", xmls("m:"));
    let at = text.find(&xml("2", "m:")).unwrap();
    for junk in [&b"m"[..], b"x", b"mmmmmmmmmmmmmmmmmmmmmm:", b"\xFF", b"\xEF\xBB\xBF"] {
        for place in 1..9 {
            let (before, behind) = text.as_bytes().split_at(at + place);
            let told = told(&[before, junk, behind].concat());
            let [one, fault, others @ ..] = &told[..] else { panic!("{told:?}") };
            assert_eq!((&**one, others), ("1", &["3", "4", "5"].map(String::from)[..]));
            assert!(fault.starts_with('!'), "{told:?}");
        }
    }
    let stray = [&text[..at], "<record>", &text[at..]].concat();
    assert_eq!(numbers(stray.as_bytes()), ["1", "2", "3", "4", "5"]);
}

#[test]
fn a_record_that_is_cut_does_not_swallow_those_of_another_prefix() {
    let prefixes = ["", "b:", "marc:", "aaaaaaaaaaaaaaa:", "record:", "l:", "xrecord:"];
    for first in prefixes {
        for second in prefixes {
            let cut = format!("<{first}record><{first}leader>x</{first}leader>");
            let text = format!("<collection>{cut}{}</collection>", xmls(second));
            let told = told(text.as_bytes());
            assert_eq!(told[0], format!("!{cut}"), "{text}");
            assert_eq!(told[1..], ["1", "2", "3", "4", "5"], "{text}");
        }
    }
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

#[test]
fn two_bytes_do_not_make_utf_16() {
    let document = document();
    let declared = format!("<?xml version=\"1.0\"?>{document}");
    for (junk, fault) in
        [(&b"\0"[..], &b"\0"[..]), (b"\0\n", b"\0\n"), (b"\n\0", b"\0"), (b"\0 ", b"\0 ")]
    {
        for text in [&document, &declared] {
            let told = told(&[junk, text.as_bytes()].concat());
            assert_eq!(told, [&*format!("!{}", fault.escape_ascii()), "1", "2"]);
        }
    }
    for text in [format!("\n{document}\n"), document] {
        let units = || text.encode_utf16();
        assert_eq!(told(&units().flat_map(u16::to_le_bytes).collect::<Vec<_>>()), ["1", "2"]);
        assert_eq!(told(&units().flat_map(u16::to_be_bytes).collect::<Vec<_>>()), ["1", "2"]);
    }
}

#[test]
fn iso_8859_1_has_many_names() {
    let text = format!("<collection>{}</collection>", xml("\u{E9}", ""));
    let tell = |name: &str| {
        let text = format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{text}");
        told(&text.chars().map(|one| one as u8).collect::<Vec<_>>())
    };
    for name in [
        "ISO-8859-1",
        "iso_8859-1",
        "ISO_8859-1:1987",
        "L1",
        "latin1",
        "Latin-1",
        "iso8859-1",
        "iso-ir-100",
        "cp819",
        "IBM819",
        "csISOLatin1",
    ] {
        assert_eq!(tell(name), ["\u{E9}"], "{name}");
    }
    assert!(tell("GBK")[0].starts_with('!'));
}

#[test]
fn a_document_in_another_encoding_than_the_one_before_is_told() {
    let of = |head: &str| {
        let text = format!("{head}<collection>{}</collection>\n", xml("1", ""));
        text.chars().map(|one| one as u8).collect::<Vec<_>>()
    };
    let (latin_1, utf_8) =
        ("<?xml version='1.0' encoding='l1'?>", "<?xml version='1.0' encoding='utf-8'?>");
    for (first, second) in [(latin_1, utf_8), (utf_8, latin_1), ("", latin_1)] {
        let fault = format!("!{}", second.as_bytes().escape_ascii());
        assert_eq!(told(&[of(first), of(second)].concat()), ["1", &fault, "1"]);
    }
    for (first, second) in [(latin_1, latin_1), (utf_8, utf_8), ("", utf_8), (latin_1, "")] {
        assert_eq!(told(&[of(first), of(second)].concat()), ["1", "1"]);
    }
}

#[test]
fn no_fragment_of_a_record_is_taken_for_what_a_protocol_says() {
    let deleted = "<header status=\"deleted\"><identifier>1</identifier></header>";
    let tell = |record: &str| {
        let text = format!(
            "<OAI-PMH><ListRecords>{record}<record><header/><metadata>{}</metadata></record>\
             </ListRecords></OAI-PMH>",
            xml("1", "")
        );
        told(text.as_bytes())
    };
    assert_eq!(tell(&format!("<record> {deleted}\n</record>")), ["1"]);
    for rest in ["Some title", "<![CDATA[Some title]]>", "<subfield code=\"a\">Title</subfield>"] {
        let record = format!("<record>{deleted}{rest}</record>");
        assert_eq!(tell(&record), [&*format!("!{}", record.escape_default()), "1"]);
    }
    // Only the first piece of a fault is compared.
    let record = "<record><metadata><subfield code='a'>T</subfield></metadata></record>";
    assert_eq!(tell(record), [&*format!("!{record}").replace('\'', "\\'"), "1"]);
    let early = format!("<metadata>{}<subfield>T</subfield></metadata>", xml("0", ""));
    assert_eq!(tell(&early), ["0", "!<subfield>", "1"]);
}

/// The pieces of prefixes and declarations.
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
        // The input is read byte by byte, and at once.
        read(pieces.concat().as_bytes(), Format::Marcxml);
    }
}
