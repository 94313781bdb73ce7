"""Prompts, phrase lists and regex lists: files of anybody, read and checked."""
