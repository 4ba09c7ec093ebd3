//! Inputs that can be read: lines of text.

/// The lines of an input: of UTF-8, or else of the characters of the bytes' numbers. `\n` and `\0` in a line stand for a
/// line feed and a NUL.
#[must_use]
pub fn lines(data: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(data)
        .map_or_else(|_| data.iter().copied().map(char::from).collect(), str::to_owned);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    text.split('\n').map(|line| line.replace("\\n", "\n").replace("\\0", "\0")).collect()
}
