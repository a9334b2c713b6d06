"""The pages of the market: stalls, onboarding, cards and visits in the field; checks for everybody."""
