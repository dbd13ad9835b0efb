"""Mutation testing, sampled: do the tests notice when the rules are wrong?"""
