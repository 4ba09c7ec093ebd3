//! Label values that look like ids: of these there is no end, and each makes a new series.

use std::net::{IpAddr, SocketAddr};

/// What a label value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    /// A UUID or a ULID.
    Uuid,
    /// A long number in hexadecimal digits, such as a hash.
    Hex,
    /// An e-mail address.
    Email,
    /// An IP address, perhaps with a port.
    Address,
    /// A time.
    Time,
    /// An integer of four digits or more.
    Number,
    /// A path with an id in it.
    Path,
}

impl Looks {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Uuid, Self::Hex, Self::Email, Self::Address, Self::Time, Self::Number, Self::Path];

    /// How many values of one label must look so before it is a problem: a few of some are constants.
    pub fn least(self) -> usize {
        match self {
            Self::Email => 1,
            Self::Uuid | Self::Hex | Self::Time => 2,
            Self::Path => 3,
            Self::Address => 10,
            Self::Number => 20,
        }
    }

    /// What such values are.
    pub fn words(self) -> &'static str {
        match self {
            Self::Uuid => "UUIDs",
            Self::Hex => "hashes or ids in hexadecimal digits",
            Self::Email => "e-mail addresses",
            Self::Address => "IP addresses",
            Self::Time => "times",
            Self::Number => "numbers",
            Self::Path => "paths with ids in them",
        }
    }

    /// What to do instead.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Uuid | Self::Hex | Self::Number => {
                "leave the label out, or put the id into logs, traces or an exemplar"
            }
            Self::Email => "leave the label out: a metric is no place for personal data",
            Self::Address => "leave the label out, or give a group of addresses, such as a zone",
            Self::Time => "leave the label out, and give the time as the value of a gauge",
            Self::Path => "give the template of the route, such as /users/{id}",
        }
    }

    /// What a value looks like, if it is like an id.
    pub fn of(value: &str) -> Option<Self> {
        let bytes = value.as_bytes();
        let (&first, length) = (bytes.first()?, bytes.len());
        if first == b'/' {
            return has_id(value).then_some(Self::Path);
        }
        if length < 4 {
            return None;
        }
        if bytes.iter().all(u8::is_ascii_digit) {
            return Some(if is_epoch(value) { Self::Time } else { Self::Number });
        }
        if is_uuid(bytes) || is_ulid(bytes) {
            return Some(Self::Uuid);
        }
        if is_time(bytes) {
            return Some(Self::Time);
        }
        if is_hex(value) {
            return Some(Self::Hex);
        }
        if is_email(value) {
            return Some(Self::Email);
        }
        is_address(value).then_some(Self::Address)
    }
}

/// Whether one of the segments of a path is an id.
fn has_id(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    path.split('/').any(|segment| {
        let bytes = segment.as_bytes();
        !bytes.is_empty()
            && (bytes.iter().all(u8::is_ascii_digit) || is_uuid(bytes) || is_ulid(bytes) || is_hex(segment))
    })
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Source: the specification of ULID; 26 digits of Crockford's base 32, of which the first is at most 7.
fn is_ulid(bytes: &[u8]) -> bool {
    bytes.len() == 26
        && (b'0'..=b'7').contains(&bytes[0])
        && bytes.iter().any(u8::is_ascii_uppercase)
        && bytes.iter().all(|byte| {
            byte.is_ascii_digit() || byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'L' | b'O' | b'U')
        })
}

fn is_hex(value: &str) -> bool {
    let digits = ["sha256:", "sha1:", "md5:", "0x"].iter().find_map(|prefix| value.strip_prefix(prefix));
    let bytes = digits.unwrap_or(value).as_bytes();
    bytes.len() >= 16
        && bytes.iter().all(u8::is_ascii_hexdigit)
        && bytes.iter().any(u8::is_ascii_digit)
        && (digits.is_some() || bytes.iter().any(u8::is_ascii_alphabetic))
}

/// Seconds or milliseconds since 1970, from 2001 to 2033.
fn is_epoch(digits: &str) -> bool {
    matches!(digits.len(), 10 | 13) && digits.starts_with('1')
}

/// A date with a time behind it.
fn is_time(bytes: &[u8]) -> bool {
    bytes.len() >= 16
        && bytes.iter().zip(b"0000-00-00_00:00").all(|(byte, pattern)| match pattern {
            b'0' => byte.is_ascii_digit(),
            b'_' => matches!(byte, b'T' | b't' | b' ' | b'_'),
            other => byte == other,
        })
}

fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else {
        return false;
    };
    let is_word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte))
    };
    let top = domain.rsplit_once('.').map(|(_, top)| top);
    is_word(local)
        && is_word(domain)
        && top.is_some_and(|top| top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

fn is_address(value: &str) -> bool {
    value.len() >= 7
        && value.len() <= 56
        && (value.contains('.') || value.contains(':'))
        && (value.parse::<IpAddr>().is_ok() || value.parse::<SocketAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_by_their_form() {
        for (value, looks) in [
            ("0b9cf3a2-1f53-4a77-9d0e-3d9b5a0f6c11", Looks::Uuid),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAV", Looks::Uuid),
            ("9f86d081884c7d659a2feaa0c55ad015", Looks::Hex),
            ("sha256:9999999999999999", Looks::Hex),
            ("ada@example.org", Looks::Email),
            ("10.0.0.1", Looks::Address),
            ("10.0.0.1:8080", Looks::Address),
            ("[2001:db8::1]:443", Looks::Address),
            ("2001:db8::1", Looks::Address),
            ("1700000000", Looks::Time),
            ("1700000000123", Looks::Time),
            ("2024-05-01T10:00:00Z", Looks::Time),
            ("2024-05-01 10:00", Looks::Time),
            ("48151623", Looks::Number),
            ("/users/42", Looks::Path),
            ("/files/9f86d081884c7d65/parts", Looks::Path),
            ("/orders/0b9cf3a2-1f53-4a77-9d0e-3d9b5a0f6c11?x=1", Looks::Path),
        ] {
            assert_eq!(Looks::of(value), Some(looks), "{value}");
        }
    }

    #[test]
    fn other_values_are_not_ids() {
        for value in [
            "",
            "GET",
            "200",
            "404",
            "/",
            "/users/{id}",
            "/api/v1/users",
            "/metrics?id=42",
            "0.99",
            "+Inf",
            "1.2.3",
            "eth0",
            "deadbeefdeadbeef",
            "aioprometheus",
            "a@b",
            "@",
            "user@host",
            "2024-05-01",
            "10.0",
            "a:b:c",
            "Mozilla/5.0",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "é@ü.de",
        ] {
            assert_eq!(Looks::of(value), None, "{value}");
        }
    }
}
