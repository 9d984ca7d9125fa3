//! The limit on record length.

use super::{
    super::build::{cut, misstated, put, record, simple, sized, three},
    Case, limited,
};

pub(super) fn cases() -> Vec<Case> {
    let (a, b) = (simple("a1"), simple("b22"));
    let around = |middle: &[u8]| [&a[..], middle, &b].concat();
    let broken_leader = put(sized(300), 5, b"\x01");
    vec![
        limited(
            "a record exactly as long as the limit",
            200,
            around(&sized(200)),
            "record record record",
        ),
        limited(
            "a record longer than the limit by 1",
            199,
            around(&sized(200)),
            "record over_long continued record",
        ),
        limited(
            "a record one shorter than the limit",
            201,
            around(&sized(200)),
            "record record record",
        ),
        limited(
            "a record longer than the limit at the end",
            199,
            [&a[..], &sized(200)].concat(),
            "record over_long continued",
        ),
        limited(
            "a record five times the limit",
            100,
            around(&sized(500)),
            "record over_long continued continued continued continued record",
        ),
        limited(
            "a truncated record longer than the limit",
            100,
            cut(sized(500), 50),
            "over_long continued continued continued continued",
        ),
        limited(
            "a record over the limit that holds a record",
            150,
            around(&three("big", &[&b"x".repeat(160)[..], &b, b"yy"].concat())),
            "record over_long continued record record_length record",
        ),
        limited(
            "a record over the limit that holds a record terminator",
            150,
            around(&three("big", &[&b"x".repeat(40)[..], b"\x1D", &b"x".repeat(200)].concat())),
            "record over_long over_long continued record",
        ),
        limited(
            "a directory longer than the limit",
            150,
            around(&record(&vec![("500", &b""[..]); 20])),
            "record over_long continued continued record",
        ),
        limited(
            "a wrong length above the limit",
            200,
            around(&put(sized(150), 0, b"99999")),
            "record record_length record",
        ),
        limited(
            "a wrong length at the limit",
            200,
            around(&put(sized(150), 0, b"00200")),
            "record record_length record",
        ),
        limited(
            "a stated length above the limit and a broken directory",
            200,
            around(&put(put(sized(150), 0, b"00300"), 27, b"abcd")),
            "record directory record",
        ),
        limited(
            "a long record whose length is below the limit",
            200,
            around(&put(sized(300), 0, b"00150")),
            "record over_long continued record",
        ),
        limited(
            "a long record with a broken leader",
            200,
            around(&broken_leader),
            "record over_long continued record",
        ),
        limited("junk as long as the limit", 100, b"x".repeat(100), "over_long"),
        limited("junk one shorter than the limit", 100, b"x".repeat(99), "record_length"),
        limited("junk longer than the limit by 1", 100, b"x".repeat(101), "over_long continued"),
        limited(
            "junk as long as the limit before a record",
            100,
            around(&b"x".repeat(100)),
            "record over_long record",
        ),
        limited(
            "junk longer than the limit before a record",
            100,
            around(&b"x".repeat(101)),
            "record over_long continued record",
        ),
        limited(
            "junk so long that a leader crosses the limit",
            100,
            around(&b"x".repeat(90)),
            "record over_long record",
        ),
        limited(
            "junk so long that a directory crosses the limit",
            100,
            around(&b"x".repeat(60)),
            "record over_long record",
        ),
        limited(
            "junk longer than the limit with record terminators",
            100,
            around(&[&b"x".repeat(150)[..], b"\x1D", &b"y".repeat(30)].concat()),
            "record over_long continued record_length record",
        ),
        limited(
            "junk longer than the limit, then blanks",
            100,
            around(&[&b"x".repeat(100)[..], &[b' '; 10]].concat()),
            "record over_long continued record",
        ),
        limited(
            "digits longer than the limit before a record",
            100,
            around(&b"0123456789".repeat(25)),
            "record over_long continued continued continued record",
        ),
        limited(
            "a wrong length next to the limit",
            76,
            around(&misstated(simple("twelve-bytes"), 7)),
            "record record_length record",
        ),
        limited(
            "the least limit there is",
            26,
            [record(&[]), a.clone(), record(&[])].concat(),
            "record over_long continued continued continued continued continued continued continued record",
        ),
        limited(
            "junk and the least limit",
            26,
            [b"x".repeat(60), record(&[])].concat(),
            "over_long continued continued continued",
        ),
    ]
}
