"""The part of scikit-learn that Sluice uses, typed: the package has no types of its own."""
