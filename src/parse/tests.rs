//! Tests of the parser of text formats.
