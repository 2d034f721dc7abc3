//! How a construct is handed to another: as a reference, which is the same for what is owned and what is imported.

/// Makes a construct and its reference convertible to the reference, plain or optional, wherever a builder takes one.
///
/// Where several constructs have one kind of reference, they are named together.
macro_rules! reference {
    ($($construct:ty),+ => $reference:ty) => {
        $(
            impl AsRef<$reference> for $construct {
                fn as_ref(&self) -> &$reference {
                    &self.reference
                }
            }

            impl From<&$construct> for $reference {
                fn from(construct: &$construct) -> Self {
                    construct.reference.clone()
                }
            }

            impl From<&$construct> for Option<$reference> {
                fn from(construct: &$construct) -> Self {
                    Some(construct.reference.clone())
                }
            }
        )+

        impl AsRef<$reference> for $reference {
            fn as_ref(&self) -> &$reference {
                self
            }
        }

        impl From<&$reference> for $reference {
            fn from(reference: &$reference) -> Self {
                reference.clone()
            }
        }

        impl From<&$reference> for Option<$reference> {
            fn from(reference: &$reference) -> Self {
                Some(reference.clone())
            }
        }
    };
}

pub(crate) use reference;
